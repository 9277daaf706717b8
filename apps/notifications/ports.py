"""What the notifications context asks of others."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to whom, as it is known at the moment of sending. Private parts stay out of its repr."""

    kind: str
    notice: str
    locale: str
    time_zone: str
    ordered_at: datetime
    expires_at: datetime
    address: str = field(repr=False)
    name: str = field(repr=False)
    link: str = field(repr=False)


class Mailroom(Protocol):
    """Knows the letters that are to be sent. The project names one in TREUM_NOTIFICATIONS_MAILROOM."""

    def letter(self, mail_id: UUID) -> Letter | None:
        """Return the letter of a mail, or None when there is no such mail any more. Raises Unavailable."""
