"""Cancelling orders that are still open. Cancels always pass, whatever a kill switch says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Q

from apps.contracts.events.trading import TradeCancelled
from apps.kernel.clock import now
from apps.kernel.ledger.posting import lock_balances
from apps.kernel.observability.trace import Trace, child_traceparent
from apps.kernel.outbox.recorder import record_batches
from apps.trading.apps import DATABASE
from apps.trading.enums import CancelReason, OrderStatus
from apps.trading.errors import OrderClosed, UnknownOrder
from apps.trading.models import Order
from apps.trading.services import statements
from apps.trading.services.execution import ACTOR


def cancel_order(order_id: UUID) -> None:
    """Cancel an order at its owner's wish. Raises UnknownOrder, or OrderClosed when it is too late."""
    if not cancel_open_orders(Q(pk=order_id), reason=CancelReason.USER_REQUEST):
        status = Order.objects.filter(pk=order_id).values_list("status", flat=True).first()
        if status is None:
            raise UnknownOrder(order_id=order_id)
        raise OrderClosed(order_id=order_id, status=status)


def cancel_orders_of_signals(signal_ids: Sequence[UUID], *, reason: CancelReason) -> int:
    """Cancel what is still open on these signals and return how many orders that were."""
    return cancel_open_orders(Q(execution__signal_id__in=signal_ids), reason=reason)


def cancel_open_orders(scope: Q, *, reason: CancelReason) -> int:
    """Cancel the open orders in `scope`, give their cash back, state each, and return how many there were."""
    with transaction.atomic(using=DATABASE):
        found = list(
            Order.objects.filter(scope, status=OrderStatus.ACCEPTED).values_list("pk", "account__cash_ledger_id")
        )
        lock_balances([ledger_id for _, ledger_id in found], using=DATABASE)
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(
                statements.CANCEL_ORDERS, {"orders": [order_id for order_id, _ in found], "reason": reason.value}
            )
            rows = cursor.fetchall()
        _state(rows, reason)
    return len(rows)


def _state(rows: Sequence[tuple[Any, ...]], reason: CancelReason) -> None:
    stories: dict[tuple[str, str, str], list[TradeCancelled]] = {}
    moment = now()
    for order_id, account_id, follow_id, user_id, signal_id, strategy, symbol, side, *story in rows:
        event = TradeCancelled(
            order_id=order_id,
            account_id=account_id,
            follow_id=follow_id,
            user_id=user_id,
            signal_id=signal_id,
            strategy=strategy,
            symbol=symbol,
            side=side,
            reason=reason.value,
            cancelled_at=moment,
        )
        stories.setdefault((story[0], story[1], story[2]), []).append(event)
    for (correlation_id, causation_id, traceparent), events in stories.items():
        trace = Trace(correlation_id, causation_id, child_traceparent(traceparent), ACTOR)
        record_batches(events, using=DATABASE, trace=trace)
