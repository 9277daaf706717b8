"""People, as others ask for them."""

from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from apps.users.models import User
from apps.users.selectors.standing import standing_of


def person_to_write_to(user_id: UUID) -> User | None:
    """Return a person whose address is proved to be theirs, or None for someone unknown or erased."""
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    return User.objects.filter(Exists(proved), pk=user_id, erased_at=None).first()


def me(user_id: UUID) -> User:
    """Return a person with `has_second_factor`, `email_verified` and, as they are kept, `standing_facts`."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    people = User.objects.annotate(has_second_factor=Exists(factors), email_verified=Exists(verified))
    person = people.get(pk=user_id)
    setattr(person, "standing_facts", standing_of(user_id))  # noqa: B010 - no column of the model
    return person
