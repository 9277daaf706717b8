"""What people may see and do, as each context has heard of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.kernel.standings import Features
from apps.payments.seeds import PLANS
from apps.signals import services as signals
from apps.trading.services import entitlements as trading
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class NewStanding:
    """A standing that no event has stated."""

    user_id: UUID
    standing_version: int
    features: Features
    valid_until: datetime | None


def may_see(person: User, *, plan: str = "pro", version: int = 1, until: datetime | None = None) -> User:
    """Let signals know that a person has a plan, and return the person."""
    features = PLANS[plan]["features"]
    signals.remember_standings([NewStanding(person.pk, version, features, until)])
    return person


def may_trade(user_id: UUID, *, plan: str = "pro", version: int = 1, until: datetime | None = None) -> None:
    """Let trading know that a person has a plan."""
    trading.remember_standings([NewStanding(user_id, version, PLANS[plan]["features"], until)])
