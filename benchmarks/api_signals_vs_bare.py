"""`api_signals_vs_bare`: an authenticated list of 50 signals, against a bare view of the same rows on the same server.

Both are asked in turns by the same clients over connections that are kept. The answers are read in full and counted.
"""

import http.client
import os
import statistics
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.contrib.sessions.backends.db import SessionStore

from apps.signals.models import Signal
from apps.signals.services import ensure_strategy, remember_standings
from apps.users.services import ensure_user, open_family
from benchmarks.figures import SECONDS, Figure, figure
from benchmarks.people import on_plan
from benchmarks.serving import PATIENCE_SECONDS, served
from benchmarks.staging import staged

SIGNALS, PAGE = 200, 50
CLIENTS, CROWD = 4, 64
ROUNDS, ROUND_SECONDS = 5, 4.0
OURS, BARE = f"/api/v1/signals?page_size={PAGE}", "/bare"
RATES = ("USER", "ADDRESS", "READ")
DAWN = datetime(2024, 1, 1, tzinfo=UTC)
INDICATORS = ("SMA(20)", "SMA(50)", "ATR(14)")
EVIDENCE = [{"indicator": name, "value": "33310.2", "time": "2024-01-01T00:00:00Z"} for name in INDICATORS]


def measure() -> list[Figure]:
    """Return the figures, measured on a stage of its own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Ask both in turns and return the medians; then ask both with a crowd, and return how long the slowest take."""
    _publish()
    headers = {"Authorization": f"Bearer {_token()}"}
    with served(unlimited=RATES) as port:
        ours, bare = _rates(port, headers)
        slow, bare_slow = (_asked(port, path, headers, clients=CROWD) for path in (OURS, BARE))
    return [
        figure("api_signals_vs_bare", ours=ours, yardstick=bare, unit="requests/s", goal=0.5),
        figure("api_signals_p99", ours=_p99(slow), yardstick=_p99(bare_slow), unit=SECONDS, goal=None),
    ]


def _publish() -> None:
    strategy = ensure_strategy("sma_cross_20_50", timeframe="1h")
    Signal.objects.bulk_create(
        Signal(
            strategy=strategy,
            strategy_code=strategy.code,
            strategy_version=strategy.version,
            symbol="BTC-USDT",
            timeframe="1h",
            type="BUY",
            price=Decimal("33922.96") + number,
            target=Decimal("35410.33") + number,
            stop_loss=Decimal("32931.38") + number,
            analysis="BUY BTC-USDT: the fast average crossed above the slow one. " * 4,
            evidence=EVIDENCE,
            bar_time=DAWN + number * timedelta(hours=1),
            data_as_of=DAWN + (number + 1) * timedelta(hours=1),
            expires_at=DAWN + (number + 5) * timedelta(hours=1),
            expires_after_bars=4,
            horizon_bars=24,
            sequence=number + 1,
            correlation_id=f"bench-{number}",
        )
        for number in range(SIGNALS)
    )


def _token() -> str:
    person = ensure_user("trader@example.com", password=os.urandom(16).hex())
    remember_standings([on_plan(person.pk)])
    session = SessionStore()
    session.create()
    return open_family(person, session_key=str(session.session_key)).access


def _rates(port: int, headers: Mapping[str, str]) -> tuple[float, float]:
    ours, bare = [], []
    for number in range(ROUNDS + 1):
        ours.append(len(_asked(port, OURS, headers, clients=CLIENTS)) / ROUND_SECONDS)
        bare.append(len(_asked(port, BARE, headers, clients=CLIENTS)) / ROUND_SECONDS)
        print(f"  ours {ours[-1]:,.0f}/s, bare {bare[-1]:,.0f}/s{'' if number else ' (warm-up)'}", flush=True)
    return statistics.median(ours[1:]), statistics.median(bare[1:])


def _asked(port: int, path: str, headers: Mapping[str, str], *, clients: int) -> list[float]:
    """Ask by so many clients at once for one round, and return how long each answer took."""
    took: list[list[float]] = [[] for _ in range(clients)]
    failures: list[BaseException] = []
    ends_at = time.perf_counter() + ROUND_SECONDS

    def ask(mine: list[float]) -> None:
        try:
            _ask_until(ends_at, mine, port=port, path=path, headers=headers)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in took]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [seconds for mine in took for seconds in mine]


def _ask_until(ends_at: float, took: list[float], *, port: int, path: str, headers: Mapping[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    while time.perf_counter() < ends_at:
        begun = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - begun)
        if answer.status != http.client.OK or body.count(b'"bar_time"') != PAGE:
            raise AssertionError(f"{path} answered {answer.status}: {body[:200]!r}")
    connection.close()


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]
