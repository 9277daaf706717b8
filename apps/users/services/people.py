"""What people change about themselves, and the lock under which anything of one person's changes in order."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction

from apps.users.apps import DATABASE
from apps.users.errors import UnknownPerson
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is to become different in a profile; None leaves things as they are."""

    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    base_currency: str | None = None


def change_profile(user_id: UUID, *, change: ProfileChange) -> None:
    """Change the profile of a person. Raises UnknownPerson."""
    wanted = {field: value for field, value in asdict(change).items() if value is not None}
    with transaction.atomic(using=DATABASE):
        person = locked_person(user_id)
        for field, value in wanted.items():
            setattr(person, field, value)
        person.save(update_fields=list(wanted))


def locked_person(user_id: UUID) -> User:
    """Lock an active person, so that what two requests do for them happens one after the other.

    Rows that point at the person can still be inserted. Raises UnknownPerson for whoever is inactive or erased.
    """
    person = User.objects.select_for_update(no_key=True, of=("self",)).filter(pk=user_id, is_active=True).first()
    if person is None:
        raise UnknownPerson()
    return person
