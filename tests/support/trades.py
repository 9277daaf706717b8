"""Fills and cancellations as trading would state them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.contracts.events.trading import TradeCancelled, TradeExecuted
from apps.kernel.events.envelope import Envelope, seal
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing

MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_fill(user_id: UUID, **fields: Any) -> TradeExecuted:
    """Return a fill of someone's order."""
    defaults: dict[str, Any] = {
        "fill_id": uuid7(),
        "order_id": uuid7(),
        "account_id": 1,
        "follow_id": 1,
        "user_id": user_id,
        "signal_id": uuid7(),
        "strategy": "sma_cross_20_50",
        "symbol": "BTC-USDT",
        "side": "buy",
        "qty": Decimal("0.034000000000000000"),
        "price": Decimal("29000.50"),
        "notional": Decimal("986.017"),
        "fee": Decimal("0.986017"),
        "realized_pl": None,
        "currency": "USDT",
        "executed_at": MOMENT,
        "simulated": True,
    }
    return TradeExecuted(**{**defaults, **fields})


def a_cancellation(user_id: UUID, **fields: Any) -> TradeCancelled:
    """Return the cancellation of someone's order."""
    defaults: dict[str, Any] = {
        "order_id": uuid7(),
        "account_id": 1,
        "follow_id": 1,
        "user_id": user_id,
        "signal_id": uuid7(),
        "strategy": "sma_cross_20_50",
        "symbol": "BTC-USDT",
        "side": "buy",
        "reason": "SIGNAL_EXPIRED",
        "cancelled_at": MOMENT,
    }
    return TradeCancelled(**{**defaults, **fields})


def sealed(*events: Any) -> list[Envelope[Any]]:
    """Return events in envelopes of one story."""
    story = tracing.fresh()
    return [seal(event, trace=story) for event in events]
