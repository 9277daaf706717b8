"""Whom the payments context asks for payers: the users context, which knows them."""

from uuid import UUID

from apps.payments.ports import Contact
from apps.users.models import User


class UsersPeople:
    """The people of users behind the port of payments."""

    def contact(self, user_id: UUID) -> Contact | None:
        """Return how a person is reached, or None for someone unknown or erased."""
        person = User.objects.filter(pk=user_id, erased_at=None).only("email", "name").first()
        return None if person is None else Contact(email=person.email, name=person.name)
