"""What we say to people, and the facts that go with it. Pure: an event in, words out."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.contracts.events.trading import TradeCancelled, TradeExecuted
from apps.kernel.text import plain, zulu
from apps.notifications.enums import Kind

_DONE = {"buy": "Bought", "sell": "Sold"}
_REASONS = {
    "SIGNAL_EXPIRED": "its signal expired before it could be filled",
    "TRADING_HALTED": "trading was halted",
    "USER_REQUEST": "you asked for it",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is to be told about one subject."""

    user_id: UUID
    kind: Kind
    subject_id: UUID
    title: str
    body: str
    data: dict[str, Any]


def of_trade(trade: TradeExecuted) -> Notice:
    """Word a fill."""
    qty, price, fee = plain(trade.qty), plain(trade.price), plain(trade.fee)
    result = None if trade.realized_pl is None else plain(trade.realized_pl)
    body = f"{trade.strategy}: {qty} {trade.symbol} at {price} {trade.currency}, fee {fee} {trade.currency}."
    if result is not None:
        body += f" Result of the position: {result} {trade.currency}."
    if trade.simulated:
        body += " Paper account, hypothetical result."
    return Notice(
        user_id=trade.user_id,
        kind=Kind.TRADE_EXECUTED,
        subject_id=trade.fill_id,
        title=f"{_DONE[trade.side]} {qty} {trade.symbol}",
        body=body,
        data={
            "fill_id": str(trade.fill_id),
            "order_id": str(trade.order_id),
            "signal_id": str(trade.signal_id),
            "account_id": trade.account_id,
            "symbol": trade.symbol,
            "side": trade.side,
            "qty": qty,
            "price": price,
            "fee": fee,
            "realized_pl": result,
            "currency": trade.currency,
            "executed_at": zulu(trade.executed_at),
            "simulated": trade.simulated,
        },
    )


def of_cancellation(order: TradeCancelled) -> Notice:
    """Word a cancelled order."""
    return Notice(
        user_id=order.user_id,
        kind=Kind.TRADE_CANCELLED,
        subject_id=order.order_id,
        title=f"Cancelled: {order.side} {order.symbol}",
        body=(
            f"{order.strategy}: the order to {order.side} {order.symbol} was cancelled, "
            f"because {_REASONS[order.reason]}."
        ),
        data={
            "order_id": str(order.order_id),
            "signal_id": str(order.signal_id),
            "account_id": order.account_id,
            "symbol": order.symbol,
            "side": order.side,
            "reason": order.reason,
            "cancelled_at": zulu(order.cancelled_at),
        },
    )
