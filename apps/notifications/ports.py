"""What the notifications context asks of others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is written to, as they are known at the moment of sending. Private parts stay out of its repr."""

    locale: str
    time_zone: str
    address: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to whom, as it is known at the moment of sending. Private parts stay out of its repr.

    `facts` fill the words in.
    """

    kind: str
    notice: str
    locale: str
    time_zone: str
    ordered_at: datetime
    expires_at: datetime
    address: str = field(repr=False)
    name: str = field(repr=False)
    link: str = field(repr=False)
    facts: Mapping[str, str | datetime] = field(default_factory=dict, repr=False)


class Mailroom(Protocol):
    """Knows letters and readers. The project names one in TREUM_NOTIFICATIONS_MAILROOM."""

    def letter(self, mail_id: UUID) -> Letter | None:
        """Return the letter of a mail, or None when there is no such mail any more. Raises Unavailable."""

    def reader(self, user_id: UUID) -> Reader | None:
        """Return who a person is for a letter, or None when they are not here any more. Raises Unavailable."""
