"""People, as others ask for them."""

from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from apps.users.models import User


def me(user_id: UUID) -> User:
    """Return a person with their standing, `has_second_factor` and `email_verified`, in one query."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    people = User.objects.select_related("standing")
    return people.annotate(has_second_factor=Exists(factors), email_verified=Exists(verified)).get(pk=user_id)
