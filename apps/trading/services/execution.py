"""A shard of followers takes a signal: in order, in one transaction, in one set-based statement.

Order of locks in trading, everywhere: a person's starts → quote → roster → shard cursor → balances in ascending id →
execution.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.contracts.events.trading import ExecutionCompleted
from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import NAMESPACE
from apps.kernel.observability.trace import Trace, child_traceparent
from apps.kernel.outbox.recorder import record, request
from apps.trading.apps import DATABASE
from apps.trading.enums import ExecutionStatus
from apps.trading.models import Execution, MarketBar, SettlementBatch, ShardCursor
from apps.trading.services import statements

EXECUTE_BATCH = "trading.execute_batch"
ACTOR = "service:trading"
EVENTS_PER_MESSAGE = 200
"""About 1.1 KB each: below the 256 KB of a message with room for long names."""

_TAKEN, _FILLED = "taken", "filled"
_WAITING = """
    SELECT DISTINCT execution.id, execution.sequence
    FROM trading_order AS waiting
    JOIN trading_execution AS execution ON execution.id = waiting.execution_id
    JOIN trading_follow AS follow ON follow.id = waiting.follow_id
    WHERE waiting.status = 'accepted' AND follow.shard = %s
      AND execution.roster_id = %s AND execution.symbol = %s AND execution.timeframe = %s
      AND EXISTS (SELECT FROM trading_marketbar AS later
                  WHERE later.symbol = execution.symbol AND later.timeframe = execution.timeframe
                    AND later.bar_time > execution.bar_time)
    ORDER BY execution.sequence
"""


class BooksDisagree(AssertionError):
    """A batch made another number of ledger transactions than of fills; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class _Result:
    decisions: dict[str, int]
    fills: int


def execute_batch(execution_id: int, *, shard: int) -> None:
    """Let a shard take a signal if it is its turn, and fill the shard's orders whose open has become known.

    Doing it again changes nothing: the cursor and the unique decision of each follow see to that.
    """
    with transaction.atomic(using=DATABASE):
        take(Execution.objects.get(pk=execution_id), shard=shard)


def take(execution: Execution, *, shard: int) -> None:
    """Do what execute_batch promises, inside the caller's transaction; at most one call in each transaction."""
    cursor = ShardCursor.objects.select_for_update().filter(pk=(execution.roster_id, execution.symbol, shard)).first()
    if cursor is None:
        return
    with connections[DATABASE].cursor() as sql:
        sql.execute(statements.WITHOUT_JIT)
        sql.execute(statements.LOCK_SHARD, {"roster": execution.roster_id, "shard": shard})
    _fill_waiting(execution, shard=shard)
    if not _has_turn(execution, cursor):
        return
    _take_signal(execution, shard=shard)
    ShardCursor.objects.filter(pk=cursor.pk).update(sequence=execution.sequence)
    _request_next(execution, shard=shard)
    _finish_shard(execution)


def is_due(execution: Execution) -> bool:
    """Tell whether the market has shown the signal's own bar, so that every earlier fill can be known."""
    return (
        execution.expired
        or MarketBar.objects.filter(
            symbol=execution.symbol, timeframe=execution.timeframe, bar_time=execution.bar_time
        ).exists()
    )


def complete(execution: Execution) -> None:
    """Close an execution whose shards have all taken it, and state so."""
    batches = SettlementBatch.objects.filter(execution=execution, leg=_TAKEN).values_list("decisions", flat=True)
    decisions: dict[str, int] = {}
    for counted in batches:
        for code, members in counted.items():
            decisions[code] = decisions.get(code, 0) + members
    Execution.objects.filter(pk=execution.pk).update(
        status=ExecutionStatus.COMPLETED, decisions=decisions, completed_at=Now()
    )
    record(_completed(execution, decisions), using=DATABASE, trace=trace_of(execution))


def trace_of(execution: Execution) -> Trace:
    """Return the trace of everything that is done because of the execution's signal."""
    return Trace(
        correlation_id=execution.correlation_id,
        causation_id=execution.causation_id,
        traceparent=child_traceparent(execution.traceparent),
        actor=ACTOR,
    )


def _has_turn(execution: Execution, cursor: ShardCursor) -> bool:
    if execution.status != ExecutionStatus.OPEN or cursor.sequence >= execution.sequence or not is_due(execution):
        return False
    earlier = Execution.objects.filter(
        roster=execution.roster_id,
        symbol=execution.symbol,
        sequence__gt=cursor.sequence,
        sequence__lt=execution.sequence,
    )
    return not earlier.exclude(status=ExecutionStatus.NOTED).exists()


def _take_signal(execution: Execution, *, shard: int) -> None:
    batch = SettlementBatch.objects.create(execution=execution, shard=shard, leg=_TAKEN)
    statement = statements.DECIDE_AND_FILL if _open_after(execution) else statements.DECIDE_AND_WAIT
    _book(batch, _run(statement, execution, shard=shard, batch=batch))


def _fill_waiting(execution: Execution, *, shard: int) -> None:
    with connections[DATABASE].cursor() as sql:
        sql.execute(_WAITING, [shard, execution.roster_id, execution.symbol, execution.timeframe])
        waiting = sql.fetchall()
    for execution_id, _ in waiting:
        earlier = Execution.objects.get(pk=execution_id)
        batch, _made = SettlementBatch.objects.get_or_create(execution=earlier, shard=shard, leg=_FILLED)
        _book(batch, _run(statements.FILL_WAITING, earlier, shard=shard, batch=batch))


def _run(statement: str, execution: Execution, *, shard: int, batch: SettlementBatch) -> _Result:
    with connections[DATABASE].cursor() as sql:
        sql.execute(statement, _parameters(execution, shard=shard, batch=batch))
        decisions, fills, transactions = sql.fetchone()
    if fills != transactions:
        raise BooksDisagree(f"{fills} fills, but {transactions} ledger transactions in batch {batch.pk}.")
    return _Result(json.loads(decisions), fills)


def _parameters(execution: Execution, *, shard: int, batch: SettlementBatch) -> dict[str, Any]:
    return {
        "execution": execution.pk,
        "shard": shard,
        "batch": batch.pk,
        "namespace": str(NAMESPACE),
        "exit_age_factor": settings.TREUM_TRADING_EXIT_AGE_FACTOR,
        "free_follows": settings.TREUM_TRADING_FREE_FOLLOWS,
        "events_per_message": EVENTS_PER_MESSAGE,
    }


def _book(batch: SettlementBatch, result: _Result) -> None:
    execution = batch.execution
    after = _open_after(execution)
    SettlementBatch.objects.filter(pk=batch.pk).update(
        fills=F("fills") + result.fills,
        decisions=result.decisions,
        price=after[0] if after else None,
        executed_at=after[1] if after else None,
        booked_at=ClockTimestamp(),
    )


def _open_after(execution: Execution) -> tuple[Any, Any] | None:
    bars = MarketBar.objects.filter(symbol=execution.symbol, timeframe=execution.timeframe)
    own = bars.filter(bar_time=execution.bar_time, next_open__isnull=False).values_list("next_open", "next_open_at")
    later = bars.filter(bar_time__gt=execution.bar_time).order_by("bar_time").values_list("open", "bar_time")
    return own.first() if own.exists() else later.first()


def _request_next(execution: Execution, *, shard: int) -> None:
    following = (
        Execution.objects.filter(
            roster=execution.roster_id,
            symbol=execution.symbol,
            sequence__gt=execution.sequence,
            status=ExecutionStatus.OPEN,
            shards_total__gt=shard,
        )
        .order_by("sequence")
        .first()
    )
    if following is not None and is_due(following):
        request(EXECUTE_BATCH, following.pk, shard, using=DATABASE, trace=trace_of(following))


def _finish_shard(execution: Execution) -> None:
    Execution.objects.filter(pk=execution.pk).update(shards_left=F("shards_left") - 1)
    if Execution.objects.filter(pk=execution.pk, shards_left=0).exists():
        complete(execution)


def _completed(execution: Execution, decisions: dict[str, int]) -> ExecutionCompleted:
    return ExecutionCompleted(
        execution_id=execution.pk,
        signal_id=execution.signal_id,
        strategy_id=execution.roster_id,
        strategy=execution.strategy,
        symbol=execution.symbol,
        timeframe=execution.timeframe,
        type="BUY" if execution.side == "buy" else "SELL",
        price=execution.price,
        bar_time=execution.bar_time,
        sequence=execution.sequence,
        followers=sum(decisions.values()),
        decisions=decisions,
    )
