"""Fills to send around: the events that the product sends most of, the same ones in every run."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from apps.contracts.events.trading import TradeExecuted
from apps.kernel.bus import topology
from apps.kernel.bus.publisher import Outgoing
from apps.kernel.events import codec
from apps.kernel.events.envelope import Envelope, seal
from apps.kernel.ids import derived, uuid7
from apps.kernel.observability import trace as tracing

EXECUTED_AT = datetime(2024, 1, 1, tzinfo=UTC)


def fill(number: int) -> TradeExecuted:
    """Return the fill of that number."""
    qty, price = Decimal(number % 997 + 1).scaleb(-4), Decimal(42_000 + number % 1000)
    return TradeExecuted(
        fill_id=derived("fill", number),
        order_id=derived("order", number),
        account_id=number,
        follow_id=number,
        user_id=derived("user", number),
        signal_id=derived("signal"),
        strategy="sma_cross",
        symbol="BTC-USDT",
        side="buy",
        qty=qty,
        price=price,
        notional=qty * price,
        fee=qty * price / 1000,
        realized_pl=None,
        currency="USDT",
        executed_at=EXECUTED_AT,
        simulated=True,
    )


def envelopes(count: int) -> list[Envelope[TradeExecuted]]:
    """Return that many fills in envelopes of one story."""
    story = tracing.fresh(actor="service:benchmarks")
    return [seal(fill(number), trace=story) for number in range(count)]


def single_messages(events: list[Envelope[TradeExecuted]]) -> list[Outgoing]:
    """Return a message for each event."""
    return [_message(codec.encode(event), event.id, event, codec.EVENT_CONTENT_TYPE) for event in events]


def batch_messages(events: list[Envelope[TradeExecuted]], *, size: int) -> list[Outgoing]:
    """Return the events packed into batch messages of `size`."""
    parts = [events[start : start + size] for start in range(0, len(events), size)]
    return [_message(codec.encode_batch(part), uuid7(), part[0], codec.BATCH_CONTENT_TYPE) for part in parts]


def _message(body: bytes, message_id: UUID, event: Envelope[TradeExecuted], content_type: str) -> Outgoing:
    headers = {"correlation-id": event.correlationid, "traceparent": event.traceparent, "actor": event.actor}
    properties = {
        "content_type": content_type,
        "type": event.type,
        "application_headers": {**headers, "x-event-version": event.data.version},
    }
    return Outgoing(topology.BUS, event.type, body, str(message_id), properties)
