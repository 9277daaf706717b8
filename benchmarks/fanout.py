"""`fanout_vs_sql`, `fanout_100k_seconds`, `fanout_vs_orm`: one signal to a hundred thousand followers.

From the commit of the signal to the commit of the last fill, with decisions, orders, fills, ledger, positions, events
and every foreign key; two connections, batches of one shard. BUY and SELL take turns, ours and the yardstick's too.
"""

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.trading import selectors, services
from apps.trading.apps import DATABASE
from apps.trading.enums import Sizing
from apps.trading.models import Execution, Fill, Follow
from benchmarks.fanout_yardsticks import copy_template, one_by_one, raw_shard
from benchmarks.figures import SECONDS, Figure, figure
from benchmarks.people import on_plan
from benchmarks.staging import staged

FOLLOWERS = int(os.environ.get("FANOUT_FOLLOWERS", "100000"))
ROUNDS = 3
CONNECTIONS = 2
ONE_BY_ONE = 300
SYMBOL, TIMEFRAME, STRATEGY = "BTC-USDT", "1h", 1
DAWN, HOUR = datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=1)
TERMS = (
    services.Terms(Sizing.FIXED_NOTIONAL, Decimal(500)),
    services.Terms(Sizing.PERCENT_OF_EQUITY, Decimal(5)),
    services.Terms(Sizing.RISK_TO_STOP, Decimal("0.5")),
    services.Terms(Sizing.FIXED_NOTIONAL, Decimal(100), max_price_deviation_bps=Decimal(500)),
)
_COUNTS = """
    SELECT (SELECT count(*) FROM trading_decision WHERE execution_id = %(execution)s),
           (SELECT count(*) FROM trading_order WHERE execution_id = %(execution)s),
           (SELECT count(*) FROM trading_fill AS fill
            JOIN trading_order AS orders ON orders.client_order_id = fill.order_id
            WHERE orders.execution_id = %(execution)s),
           (SELECT count(*) FROM ledger_ledgertransaction), (SELECT count(*) FROM ledger_ledgerentry),
           (SELECT coalesce(sum(event_count), 0) FROM outbox_message WHERE name = 'trade.executed')
"""
_VACUUM = "VACUUM (ANALYZE) {}"
_TABLES = (
    "trading_decision", "trading_order", "trading_fill", "trading_position", "ledger_ledgertransaction",
    "ledger_ledgerentry", "ledger_ledgerbalance", "trading_account", "trading_follow", "trading_entitlement",
)  # fmt: skip


def measure() -> list[Figure]:
    """Return the figures, measured on a stage of its own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Fan out in turns, ours and the yardstick's, and return the medians."""
    _seed()
    clock = _Clock()
    ours: list[float] = []
    raw: list[float] = []
    for number in range(ROUNDS + 1):
        pair = [clock.signal("buy"), clock.signal("sell")]
        ours += _timed("ours", [(lambda one=one: _fan_out(one)) for one in pair], warm_up=not number)
        if not number:
            templates = pair
        raw += _timed("raw", [_raw(clock, template.signal_id) for template in templates], warm_up=not number)
    _refuse_unless_sound()
    slow = _one_by_one(clock)
    seconds, yardstick = statistics.median(ours), statistics.median(raw)
    return [
        figure("fanout_vs_sql", ours=FOLLOWERS / seconds, yardstick=FOLLOWERS / yardstick, unit="trades/s", goal=0.7),
        figure("fanout_100k_seconds", ours=seconds * 100_000 / FOLLOWERS, yardstick=None, unit=SECONDS, goal=4.0),
        figure("fanout_vs_orm", ours=FOLLOWERS / seconds, yardstick=slow, unit="trades/s", goal=None),
    ]


class _Clock:
    """The market's clock and the strategy's signals."""

    def __init__(self) -> None:
        self.bars = self.sequence = self.copies = 0

    def signal(self, side: str) -> services.ArrivedSignal:
        """Close a bar and return a signal on it, not told to anyone yet."""
        price, at = Decimal(100 + self.bars % 3), DAWN + self.bars * HOUR
        self.bars += 1
        self.sequence += 1
        services.note_bars([_bar(at, price)])
        return services.ArrivedSignal(
            signal_id=uuid7(),
            strategy_id=STRATEGY,
            strategy="sma_cross_20_50",
            symbol=SYMBOL,
            timeframe=TIMEFRAME,
            side=side,
            price=price,
            target=None,
            stop=price - 5 if side == "buy" else None,
            bar_time=at,
            expiry=at + 5 * HOUR,
            expires_after_bars=4,
            sequence=self.sequence,
            signalled_at=now(),
            correlation_id=str(uuid7()),
            causation_id=str(uuid7()),
            traceparent=None,
        )


def _seed() -> None:
    users = [uuid7() for _ in range(FOLLOWERS)]
    for start in range(0, FOLLOWERS, 10_000):
        part = users[start : start + 10_000]
        services.remember_standings([on_plan(user) for user in part])
        news = [services.NewAccount(user, "Paper", "USDT", Decimal(10_000)) for user in part]
        follows = [
            services.NewFollow(account, TERMS[place % len(TERMS)])
            for place, account in enumerate(services.open_accounts(news))
        ]
        services.follow_strategies(follows, strategy_id=STRATEGY, strategy="sma_cross_20_50")
    print(
        f"  {FOLLOWERS:,} followers in shards of {settings.TREUM_TRADING_SHARD_SIZE:,}, {CONNECTIONS} connections",
        flush=True,
    )


def _fan_out(signal: services.ArrivedSignal) -> UUID:
    services.note_signals([signal])
    execution = Execution.objects.get(signal_id=signal.signal_id)
    _in_parallel(execution.shards_total, lambda shard: services.execute_batch(execution.pk, shard=shard))
    return signal.signal_id


def _raw(clock: _Clock, template: UUID) -> Callable[[], UUID]:
    source = Execution.objects.get(signal_id=template)
    clock.copies += 1
    copy = Execution.objects.get(pk=source.pk)
    copy.pk, copy.signal_id, copy.sequence = None, uuid7(), 1_000_000 + clock.copies
    copy.save()

    def write() -> UUID:
        _in_parallel(source.shards_total, lambda shard: raw_shard(copy, shard=shard))
        return copy.signal_id

    write.prepare = lambda: copy_template(source)  # type: ignore[attr-defined]
    return write


def _timed(name: str, runs: list[Callable[[], UUID]], *, warm_up: bool) -> list[float]:
    seconds = []
    for run in runs:
        getattr(run, "prepare", lambda: None)()
        _vacuum()
        before = _counts(UUID(int=0))
        begun = time.perf_counter()
        signal_id = run()
        seconds.append(time.perf_counter() - begun)
        _refuse_missing_rows(signal_id, before)
    note = " (warm-up)" if warm_up else ""
    print(f"  {name}: " + ", ".join(f"{FOLLOWERS / one:,.0f}/s" for one in seconds) + note, flush=True)
    return [] if warm_up else seconds


def _in_parallel(shards: int, work: Callable[[int], Any]) -> None:
    waiting = iter(range(shards))

    def drain() -> None:
        for shard in waiting:
            work(shard)
        connections[DATABASE].close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(drain) for _ in range(CONNECTIONS)]:
            done.result()


def _counts(signal_id: UUID) -> tuple[int, ...]:
    execution = Execution.objects.filter(signal_id=signal_id).values_list("pk", flat=True).first() or 0
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_COUNTS, {"execution": execution})
        return tuple(cursor.fetchone())


def _refuse_missing_rows(signal_id: UUID, before: tuple[int, ...]) -> None:
    made = [after - then for after, then in zip(_counts(signal_id), before, strict=True)]
    entries = made.pop(4)
    if made != [FOLLOWERS] * 5 or entries not in (3 * FOLLOWERS, 4 * FOLLOWERS):
        raise AssertionError(f"Rows made: {made}, {entries} entries; a fan-out makes {FOLLOWERS} of each.")


def _refuse_unless_sound() -> None:
    """Ours alone must add up; the raw yardstick keeps no day results, which no book is made of."""
    if selectors.balance_mismatches():
        raise AssertionError("The books do not add up after the fan-out.")


def _one_by_one(clock: _Clock) -> float:
    signal = clock.signal("buy")
    services.note_signals([signal])
    execution = Execution.objects.get(signal_id=signal.signal_id)
    follows = list(Follow.objects.order_by("pk")[:ONE_BY_ONE])
    begun = time.perf_counter()
    one_by_one(execution, follows=follows, price=signal.price)
    rate = len(follows) / (time.perf_counter() - begun)
    made = Fill.objects.filter(order__execution=execution).count()
    if made != len(follows):
        raise AssertionError(f"{made} fills one by one instead of {len(follows)}.")
    print(f"  one account at a time: {rate:,.0f}/s", flush=True)
    return rate


def _vacuum() -> None:
    with connections[DATABASE].cursor() as cursor:
        for table in _TABLES:
            cursor.execute(_VACUUM.format(table))


def _bar(at: datetime, price: Decimal) -> services.NotedBar:
    return services.NotedBar(
        symbol=SYMBOL,
        timeframe=TIMEFRAME,
        bar_time=at,
        closed_at=at + HOUR,
        open=price,
        close=price,
        next_open=price + Decimal("0.1"),
        next_open_at=at + HOUR,
        currency="USDT",
        tick=Decimal("0.01"),
        lot=Decimal("0.00000001"),
        min_notional=Decimal(0),
        simulated=True,
    )
