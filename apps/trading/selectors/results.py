"""What has come of the signals, counted from the rows: decisions, orders, fills, and how long a fill took."""

from django.db import connections
from django.db.models import Count

from apps.trading.apps import DATABASE
from apps.trading.models import Decision, Fill, Order

QUANTILES = (50, 95, 99)

_LATENCIES = """
    SELECT percentile_cont(%s) WITHIN GROUP (
        ORDER BY extract(epoch FROM batch.booked_at - execution.signalled_at) * 1000)
    FROM trading_fill AS fill
    JOIN trading_settlementbatch AS batch ON batch.id = fill.batch_id
    JOIN trading_execution AS execution ON execution.id = batch.execution_id
"""


def decision_counts() -> dict[str, int]:
    """Count all decisions by reason code; a code that nobody got is not there."""
    counted = Decision.objects.values("code").annotate(members=Count("follow_id")).order_by("code")
    return {row["code"]: row["members"] for row in counted}


def order_count() -> int:
    """Count all orders."""
    return Order.objects.count()


def fill_count(*, account_id: int | None = None) -> int:
    """Count all fills, or those of one account."""
    fills = Fill.objects.all()
    return (fills if account_id is None else fills.filter(order__account=account_id)).count()


def unfilled_count() -> int:
    """Count the orders without a fill: those that still wait, and those that were cancelled before they traded."""
    return Order.objects.filter(fills__isnull=True).count()


def fill_latencies_ms() -> dict[str, float | None]:
    """Return p50, p95 and p99 of the milliseconds from a signal's insert to the booking of a fill, over all fills.

    Both moments are the database's wall clock; None where nothing has been filled.
    """
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_LATENCIES, [[quantile / 100 for quantile in QUANTILES]])
        (values,) = cursor.fetchone()
    waits = values or [None] * len(QUANTILES)
    return {
        f"p{quantile}": None if wait is None else round(float(wait), 1)
        for quantile, wait in zip(QUANTILES, waits, strict=True)
    }
