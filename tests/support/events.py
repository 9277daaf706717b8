"""Events as the tests need them: exact, alike but for what a test says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.contracts.events.payments import SubscriptionChanged
from apps.contracts.events.signals import BarClosed, SignalGenerated
from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.events.envelope import Envelope, seal
from apps.kernel.ids import derived
from apps.kernel.observability.trace import Trace

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
STORY = Trace("story-0001", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01", actor="service:tests")


def standing(number: int = 1, **changed: Any) -> UserSubscriptionChanged:
    """Return the event of a person's standing; its number is its version."""
    values: dict[str, Any] = {
        "user_id": derived("user", number),
        "standing_version": number,
        "plan": "pro",
        "status": "active",
        "features": {"trading.auto_execute": True, "signals.delay_minutes": 0},
        "valid_until": AT,
    }
    return UserSubscriptionChanged(**{**values, **changed})


def subscription(user_id: UUID, version: int = 1, **changed: Any) -> SubscriptionChanged:
    """Return what payments states of a person for the so-manieth time."""
    values: dict[str, Any] = {
        "user_id": user_id,
        "standing_version": version,
        "subscription_id": derived("subscription", str(user_id)),
        "subscription_version": version,
        "status": "active",
        "plan": "pro",
        "features": {"signals.realtime": True, "trading.max_follows": 100},
        "current_period_end": AT,
        "cancel_at_period_end": False,
        "valid_until": AT + timedelta(days=14),
        "changed_at": AT,
    }
    return SubscriptionChanged(**{**values, **changed})


def bar(**changed: Any) -> BarClosed:
    """Return the event of a closed bar."""
    values: dict[str, Any] = {
        "symbol": "BTC-USDT",
        "timeframe": "1h",
        "bar_time": AT,
        "closed_at": AT,
        "open": Decimal("60000.5"),
        "high": Decimal(60100),
        "low": Decimal(59900),
        "close": Decimal("60050.25"),
        "volume": Decimal("12.5"),
        "next_open": None,
        "next_open_at": None,
        "quote_currency": "USDT",
        "tick": Decimal("0.01"),
        "lot": Decimal("0.00001"),
        "min_notional": Decimal(5),
        "simulated": True,
    }
    return BarClosed(**{**values, **changed})


def signal(**changed: Any) -> SignalGenerated:
    """Return the event of a generated signal."""
    values: dict[str, Any] = {
        "id": UUID("018f3a5e-0000-7000-8000-000000000001"),
        "strategy_id": 1,
        "strategy": "sma_cross_20_50",
        "strategy_version": 1,
        "symbol": "BTC-USDT",
        "timeframe": "1h",
        "type": "BUY",
        "price": Decimal("60050.25"),
        "target": Decimal(62000),
        "stop": Decimal(59000),
        "confidence": None,
        "analysis": "SMA(20) crossed above SMA(50).",
        "evidence": ({"indicator": "SMA(20)", "value": Decimal("60010.1"), "time": AT},),
        "bar_time": AT,
        "generated_at": AT,
        "data_as_of": AT,
        "expiry": AT,
        "expires_after_bars": 4,
        "sequence": 7,
    }
    return SignalGenerated(**{**values, **changed})


def sealed(event: Any, *, expires_at: datetime | None = None) -> Envelope[Any]:
    """Return an event in an envelope of the tests' story."""
    return seal(event, trace=STORY, expires_at=expires_at)
