"""What the users context asks of others."""

from typing import Protocol
from uuid import UUID

from apps.kernel.personal import Records


class PersonalData(Protocol):
    """What one context keeps about people. The project names its contexts in TREUM_USERS_PERSONAL_DATA."""

    @property
    def name(self) -> str:
        """The folder of this context in an archive."""

    def records(self, user_id: UUID) -> Records:
        """Yield the names of a person's files, each with its rows, which are read as they are asked for."""
