"""A market to replay, and the clock run by hand as trading's answers would run it."""

import json

import pytest

from apps.kernel.outbox.models import OutboxMessage
from apps.signals.models import Replay, Signal
from apps.signals.services import advance_replay, load_candles, resume_replays
from apps.signals.services.prefixes import forget_prefixes
from tests.support.candles import a_walk, write_candles

SYMBOL = "WALK-USDT"
TWIN = "TWIN-USDT"
PRICES = ("price", "target", "stop_loss", "confidence", "evidence")


@pytest.fixture(autouse=True)
def no_memory():
    """Forget the prefixes of databases that were rolled back."""
    forget_prefixes()


@pytest.fixture
def market(tmp_path):
    """Store a market of 600 hourly bars and return its bars."""
    bars = a_walk(600, seed=21)
    load_candles(write_candles(tmp_path / "walk.csv", bars), symbol=SYMBOL, timeframe="1h")
    return bars


@pytest.fixture
def twin(market, tmp_path):
    """Store the same market under a second symbol and return that."""
    load_candles(tmp_path / "walk.csv", symbol=TWIN, timeframe="1h")
    return TWIN


def run_to_end(replay: Replay) -> int:
    """Advance a replay as if each signal were carried out at once; return how often it waited."""
    waits = 0
    while True:
        advance_replay(replay.pk)
        replay.refresh_from_db()
        if replay.state == "finished":
            return waits
        if replay.state == "waiting":
            waits += 1
            resume_replays(replay.waiting_for)


def published(symbol: str = SYMBOL) -> list[tuple[object, ...]]:
    """Return everything about the signals on record but the symbol and what differs from run to run."""
    names = (*PRICES, "strategy_code", "type", "analysis", "bar_time", "expires_at", "sequence", "status")
    rows = Signal.objects.filter(symbol=symbol).order_by("strategy_code", "sequence", "revision")
    return [tuple(repr(value).replace(symbol, "…") for value in row) for row in rows.values_list(*names)]


def told(event_type: str) -> list[dict[str, object]]:
    """Return the data of every event of a type in the outbox, in the order it was recorded."""
    events: list[dict[str, object]] = []
    for row in OutboxMessage.objects.using("signals").filter(name=event_type).order_by("id"):
        body = json.loads(row.body)
        events += [one["data"] for one in (body if isinstance(body, list) else [body])]
    return events


def requested() -> int:
    """Return how many times the replay was asked to go on."""
    return OutboxMessage.objects.using("signals").filter(name="signals.advance_replay").count()
