"""Nobody waits for ever: what has been blocked longer than a signal lives is passed, with a decision for everyone."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.trading.apps import DATABASE
from apps.trading.enums import ExecutionStatus
from apps.trading.models import Execution, Series, StrategyRoster
from apps.trading.services.execution import EXECUTE_BATCH, trace_of
from apps.trading.services.intake import lock_quotes, open_in_order

log = structlog.get_logger(__name__)


def release_blocked() -> int:
    """Expire executions that wait longer than a signal lives, pass gaps in their sequence; return how many."""
    limit = now() - timedelta(seconds=settings.TREUM_TRADING_SIGNAL_TTL_SECONDS)
    blocked = Execution.objects.filter(noted_at__lt=limit).exclude(status=ExecutionStatus.COMPLETED)
    series = list(blocked.values_list("roster_id", "symbol", "timeframe").distinct().order_by("roster_id", "symbol"))
    for strategy_id, symbol, timeframe in series:
        with transaction.atomic(using=DATABASE):
            _release(strategy_id, symbol, timeframe)
    return len(series)


def _release(strategy_id: int, symbol: str, timeframe: str) -> None:
    lock_quotes({(symbol, timeframe)})
    roster = StrategyRoster.objects.select_for_update().get(pk=strategy_id)
    limit = now() - timedelta(seconds=settings.TREUM_TRADING_SIGNAL_TTL_SECONDS)
    mine = Execution.objects.filter(roster=strategy_id, symbol=symbol, timeframe=timeframe)
    late = mine.filter(noted_at__lt=limit).exclude(status=ExecutionStatus.COMPLETED)
    gap_ends = late.filter(status=ExecutionStatus.NOTED).aggregate(first=Min("sequence"))["first"]
    late.update(expired=True)
    if gap_ends is not None:
        Series.objects.filter(strategy_id=strategy_id, symbol=symbol, opened__lt=gap_ends - 1).update(
            opened=gap_ends - 1
        )
        open_in_order(strategy_id, symbol, roster=roster)
    for execution in mine.filter(status=ExecutionStatus.OPEN).order_by("sequence"):
        log.warning("execution.released", execution=execution.pk, sequence=execution.sequence)
        for shard in range(execution.shards_total):
            request(EXECUTE_BATCH, execution.pk, shard, using=DATABASE, trace=trace_of(execution))
