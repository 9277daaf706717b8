"""`notify_100k_seconds`: from the commit of one signal to the last follower's in-app notification.

Through the real relay, intake and workers and the real queues: bars are released, the strategy speaks, a hundred
thousand paper accounts trade, and each owner is told. Times are the database's own: `generated_at` of the signal, a
breath before its commit, and `created_at` of the last notification.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connections

from apps.kernel.ids import uuid7
from apps.notifications.models import Notification
from apps.signals.models import Signal
from apps.signals.services import ensure_strategy, load_candles, start_replay
from apps.trading import services
from apps.trading.apps import DATABASE
from apps.trading.enums import Sizing
from benchmarks.figures import SECONDS, Figure, figure
from benchmarks.people import on_plan
from benchmarks.staging import staged
from treum_project.demo.vitals import messages, what_is_stuck

FOLLOWERS = 100_000
SEED = 10_000
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
STRATEGY, TIMEFRAME = "sma_cross_20_50", "1h"
BARS, TURN = 76, 60
DAWN, HOUR = datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=1)
TERMS = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(500))
PROCESSES = ("relay", "intake", "worker-signals", "worker-trading", "worker-notifications", "worker-core")
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 120


def measure() -> list[Figure]:
    """Return the figure, measured on a stage of its own with the real processes."""
    return staged(__name__, processes=PROCESSES)


def play() -> list[Figure]:
    """Let one strategy speak once on each symbol, and return the median time until everyone is told."""
    _seed()
    with tempfile.TemporaryDirectory() as directory:
        candles = Path(directory) / "candles.csv"
        candles.write_text("\n".join(_candles()) + "\n")
        seconds = [_told(symbol, candles=candles) for symbol in SYMBOLS]
    return [figure("notify_100k_seconds", ours=statistics.median(seconds), yardstick=None, unit=SECONDS, goal=8.0)]


def _seed() -> None:
    strategy = ensure_strategy(STRATEGY, timeframe=TIMEFRAME)
    for _ in range(0, FOLLOWERS, SEED):
        users = [uuid7() for _ in range(SEED)]
        services.remember_standings([on_plan(user) for user in users])
        news = [services.NewAccount(user, "Paper", "USDT", Decimal(10_000)) for user in users]
        follows = [services.NewFollow(account, TERMS) for account in services.open_accounts(news)]
        services.follow_strategies(follows, strategy_id=strategy.pk, strategy=STRATEGY)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")  # What autovacuum has long done where so many have followed for a while.
    _wait(lambda: messages().at_rest)


def _candles() -> Iterator[str]:
    """Sixty bars down, then up: the short average crosses the long one once."""
    yield "timestamp,open,high,low,close,volume"
    for number in range(BARS):
        price = 200 - number if number < TURN else 140 + 4 * (number - TURN)
        yield f"{(DAWN + number * HOUR).isoformat()},{price},{price + 1},{price - 1},{price},1"


def _told(symbol: str, *, candles: Path) -> float:
    load_candles(candles, symbol=symbol, timeframe=TIMEFRAME)
    start_replay(symbol, timeframe=TIMEFRAME, strategies=[STRATEGY])
    _wait(lambda: Signal.objects.filter(symbol=symbol).exists())
    signal = Signal.objects.get(symbol=symbol)
    told = Notification.objects.filter(correlation_id=signal.correlation_id)
    _wait(lambda: told.count() >= FOLLOWERS)
    _wait(lambda: messages().at_rest)
    if (count := told.count()) != FOLLOWERS:
        raise AssertionError(f"{count} notifications for {FOLLOWERS} followers.")
    last = told.order_by("-created_at").values_list("created_at", flat=True)[0]
    seconds = (last - signal.generated_at).total_seconds()
    print(f"  {symbol}: {count:,} told in {seconds:.2f} s", flush=True)
    return seconds


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(what_is_stuck())
        time.sleep(LOOK_SECONDS)
