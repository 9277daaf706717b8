"""What people may see and do, as each context has heard of it."""

from datetime import datetime
from uuid import UUID

from apps.kernel.standings import NewStanding
from apps.payments.seeds import PLANS
from apps.signals import services as signals
from apps.trading.services import entitlements as trading
from apps.users.models import User


def may_see(person: User, *, plan: str = "pro", version: int = 1, until: datetime | None = None) -> User:
    """Let signals know that a person has a plan, and return the person."""
    features = PLANS[plan]["features"]
    signals.remember_standings([NewStanding(person.pk, version, features, until)])
    return person


def may_trade(user_id: UUID, *, plan: str = "pro", version: int = 1, until: datetime | None = None) -> None:
    """Let trading know that a person has a plan."""
    trading.remember_standings([NewStanding(user_id, version, PLANS[plan]["features"], until)])
