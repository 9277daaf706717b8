"""What people do that is remembered for them: a line for each event, with its kind and its wording.

The wording names fields of the event in braces; `money` is its amount with its currency. Every event here has a
`user_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.contracts.events.payments import PaymentCompleted
from apps.contracts.events.trading import FollowEnded, FollowStarted
from apps.contracts.events.users import UserLoggedIn, UserRegistered
from apps.kernel.events.base import Event
from apps.kernel.events.envelope import Envelope
from apps.kernel.money import written
from apps.users.enums import ActivityKind

WORDING: Mapping[type[Event], tuple[ActivityKind, str]] = {
    UserRegistered: (ActivityKind.SIGN_UP, "Signed up"),
    UserLoggedIn: (ActivityKind.LOGIN, "Logged in"),
    FollowStarted: (ActivityKind.FOLLOW, "Followed {strategy} with account {account_id}"),
    FollowEnded: (ActivityKind.UNFOLLOW, "Stopped following {strategy} with account {account_id}"),
    PaymentCompleted: (ActivityKind.PURCHASE, "Paid {money} for invoice {invoice_number}"),
}
LONGEST_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did, as it will be remembered. `source_id` tells one telling of it from another."""

    user_id: UUID
    kind: ActivityKind
    source_id: str
    summary: str
    at: datetime


def deed_of(event: Envelope[Any]) -> Deed:
    """Return the deed that an event of the table tells of."""
    kind, wording = WORDING[type(event.data)]
    return Deed(
        user_id=event.data.user_id,
        kind=kind,
        source_id=str(event.id),
        summary=wording.format_map(_words(event.data))[:LONGEST_SUMMARY],
        at=event.time,
    )


def _words(fact: Any) -> dict[str, Any]:
    words: dict[str, Any] = fact.model_dump()
    return words | {"money": written(fact.amount, fact.currency)} if "amount" in words else words
