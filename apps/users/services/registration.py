"""Make people known to us: those who sign up, and those whom seeds and staff bring, by the hundred thousand."""

from collections.abc import Sequence
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.contracts.events.users import UserLoggedIn, UserRegistered
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.outbox.recorder import record
from apps.users.apps import DATABASE
from apps.users.models import User

ROWS_PER_INSERT = 5_000


def register(user: User) -> None:
    """Store a new person and record `user.registered`, in one transaction."""
    with transaction.atomic(using=DATABASE):
        user.save(force_insert=True)
        record(UserRegistered(user_id=user.pk, registered_at=now()), using=DATABASE)


def welcome_back(user: User) -> None:
    """Record `user.logged_in`."""
    with transaction.atomic(using=DATABASE):
        record(UserLoggedIn(user_id=user.pk, login_id=uuid7(), logged_in_at=now()), using=DATABASE)


def create_users(emails: Sequence[str], *, password: str | None = None) -> list[UUID]:
    """Create a user for each address that has none yet, and return all their ids in the order of the addresses.

    They share one password hash, or have none to log in with: this is for seeds, not for sign-up.
    """
    addresses = [User.objects.normalize_email(email) for email in emails]
    hashed = make_password(password)
    users = [User(email=address, password=hashed) for address in dict.fromkeys(addresses)]
    User.objects.bulk_create(users, batch_size=ROWS_PER_INSERT, ignore_conflicts=True)
    id_of = dict(User.objects.filter(email__in=addresses).values_list("email", "id"))
    return [id_of[address] for address in addresses]


def ensure_user(email: str, *, password: str, staff: bool = False) -> User:
    """Create a user with a verified address, or give the one who has this address this password and these rights."""
    address = User.objects.normalize_email(email)
    user = User.objects.filter(email=address).first() or User(email=address)
    user.is_staff = user.is_superuser = staff
    user.is_active = True
    user.set_password(password)
    with transaction.atomic(using=DATABASE):
        user.save()
        EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
    return user
