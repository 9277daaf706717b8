"""What trading hears of the market and of signals, and what then becomes due. Bar and signal may come in any order.

Both take the lock of their quote first, so that whichever comes second sees the other and starts the execution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Q

from apps.kernel.observability.trace import new_traceparent
from apps.kernel.outbox.recorder import request
from apps.trading.apps import DATABASE
from apps.trading.enums import ExecutionStatus
from apps.trading.models import Execution, Quote, Series, ShardCursor, StrategyRoster
from apps.trading.services.bars import NotedBar, store_bars
from apps.trading.services.execution import EXECUTE_BATCH, complete, is_due, take, trace_of

_WAITING = """
    SELECT DISTINCT execution.id, follow.shard
    FROM trading_order AS waiting
    JOIN trading_execution AS execution ON execution.id = waiting.execution_id
    JOIN trading_follow AS follow ON follow.id = waiting.follow_id
    WHERE waiting.status = 'accepted' AND (execution.symbol, execution.timeframe) IN %s
"""


@dataclass(frozen=True, slots=True)
class ArrivedSignal:
    """A signal as trading needs it, and the story that it belongs to."""

    signal_id: UUID
    strategy_id: int
    strategy: str
    symbol: str
    timeframe: str
    side: str
    price: Decimal
    target: Decimal | None
    stop: Decimal | None
    bar_time: datetime
    expiry: datetime
    expires_after_bars: int
    sequence: int
    signalled_at: datetime
    correlation_id: str
    causation_id: str
    traceparent: str | None


def note_signals(signals: Sequence[ArrivedSignal], *, expired: bool = False) -> None:
    """Note signals as executions, open those whose turn has come, and start what is due.

    `expired` ones came too late: their followers get a decision that says so. A signal is noted once.
    """
    with transaction.atomic(using=DATABASE):
        lock_quotes({(signal.symbol, signal.timeframe) for signal in signals})
        rosters = _lock_rosters(signals)
        Execution.objects.bulk_create(
            [_execution(signal, expired=expired) for signal in signals], ignore_conflicts=True
        )
        series = sorted({(signal.strategy_id, signal.symbol) for signal in signals})
        opened = [execution for key in series for execution in open_in_order(*key, roster=rosters[key[0]])]
        _start([(one, shard) for one in opened if is_due(one) for shard in range(one.shards_total)])


def note_bars(bars: Sequence[NotedBar]) -> None:
    """Keep closed bars, move the market clock, and start what waited for them."""
    keys = {(bar.symbol, bar.timeframe) for bar in bars}
    with transaction.atomic(using=DATABASE):
        lock_quotes(keys)
        store_bars(bars)
        _start([*_filled_next(keys), *_opened_for(bars)])


def revise_signal(
    *, strategy: str, symbol: str, sequence: int, revision: int, target: Decimal | None, stop: Decimal | None
) -> None:
    """Keep a corrected target and stop, unless a later revision is known."""
    known = Execution.objects.filter(strategy=strategy, symbol=symbol, sequence=sequence, revision__lt=revision)
    known.update(target=target, stop=stop, revision=revision)


def open_in_order(strategy_id: int, symbol: str, *, roster: StrategyRoster) -> list[Execution]:
    """Open the executions of a series that follow on what was opened before, and return them.

    The caller holds the roster's lock: its version fixes the members, and its shards get their place in the queue.
    """
    series, _ = Series.objects.get_or_create(strategy_id=strategy_id, symbol=symbol)
    noted = Execution.objects.filter(roster=strategy_id, symbol=symbol, status=ExecutionStatus.NOTED).order_by(
        "sequence"
    )
    opened = []
    for execution in noted:
        if execution.sequence > series.opened + 1:
            break
        series.opened = max(series.opened, execution.sequence)
        opened.append(_open(execution, roster))
    Series.objects.filter(pk=series.pk).update(opened=series.opened)
    return opened


def lock_quotes(keys: Iterable[tuple[str, str]]) -> None:
    """Lock the quotes of (symbol, timeframe), making those that are missing."""
    ordered = sorted(keys)
    Quote.objects.bulk_create(
        [Quote(symbol=symbol, timeframe=timeframe) for symbol, timeframe in ordered], ignore_conflicts=True
    )
    wanted = Q()
    for symbol, timeframe in ordered:
        wanted |= Q(symbol=symbol, timeframe=timeframe)
    list(Quote.objects.select_for_update().filter(wanted).order_by("symbol", "timeframe").values_list("symbol"))


def _open(execution: Execution, roster: StrategyRoster) -> Execution:
    execution.status = ExecutionStatus.OPEN
    execution.roster_version = roster.version
    execution.shards_total = execution.shards_left = roster.shards
    execution.save(update_fields=["status", "roster_version", "shards_total", "shards_left"])
    cursors = [
        ShardCursor(
            strategy_id=execution.roster_id, symbol=execution.symbol, shard=shard, sequence=execution.sequence - 1
        )
        for shard in range(roster.shards)
    ]
    ShardCursor.objects.bulk_create(cursors, ignore_conflicts=True)
    if not cursors:
        complete(execution)
    return execution


def _lock_rosters(signals: Sequence[ArrivedSignal]) -> dict[int, StrategyRoster]:
    names = {signal.strategy_id: signal.strategy for signal in signals}
    missing = [StrategyRoster(strategy_id=key, strategy=names[key]) for key in sorted(names)]
    StrategyRoster.objects.bulk_create(missing, ignore_conflicts=True)
    locked = list(StrategyRoster.objects.select_for_update().filter(pk__in=names).order_by("pk"))
    for roster in locked:
        if not roster.strategy:
            StrategyRoster.objects.filter(pk=roster.pk).update(strategy=names[roster.pk])
    return {roster.pk: roster for roster in locked}


def _execution(signal: ArrivedSignal, *, expired: bool) -> Execution:
    return Execution(
        signal_id=signal.signal_id,
        roster_id=signal.strategy_id,
        strategy=signal.strategy,
        symbol=signal.symbol,
        timeframe=signal.timeframe,
        side=signal.side,
        price=signal.price,
        target=signal.target,
        stop=signal.stop,
        bar_time=signal.bar_time,
        expiry=signal.expiry,
        expires_after_bars=signal.expires_after_bars,
        sequence=signal.sequence,
        signalled_at=signal.signalled_at,
        expired=expired,
        correlation_id=signal.correlation_id,
        causation_id=signal.causation_id,
        traceparent=signal.traceparent or new_traceparent(),
    )


def _opened_for(bars: Sequence[NotedBar]) -> list[tuple[Execution, int]]:
    times = {(bar.symbol, bar.timeframe, bar.bar_time) for bar in bars}
    symbols, timeframes = {bar.symbol for bar in bars}, {bar.timeframe for bar in bars}
    waiting = Execution.objects.filter(status=ExecutionStatus.OPEN, symbol__in=symbols, timeframe__in=timeframes)
    return [
        (execution, shard)
        for execution in waiting.order_by("roster_id", "symbol", "sequence")
        if (execution.symbol, execution.timeframe, execution.bar_time) in times
        for shard in range(execution.shards_total)
    ]


def _filled_next(keys: set[tuple[str, str]]) -> list[tuple[Execution, int]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_WAITING, [tuple(sorted(keys))])
        rows = sorted(cursor.fetchall())
    executions = Execution.objects.in_bulk({execution_id for execution_id, _ in rows})
    return [(executions[execution_id], shard) for execution_id, shard in rows]


def _start(due: Sequence[tuple[Execution, int]]) -> None:
    """Execute the only batch at once, and ask for several: a transaction locks the balances of one batch only."""
    if len(due) == 1:
        execution, shard = due[0]
        take(execution, shard=shard)
        return
    for execution, shard in due:
        request(EXECUTE_BATCH, execution.pk, shard, using=DATABASE, trace=trace_of(execution))
