"""The main job on markets of every shape: its signals and its money are those of an independent calculation."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support import candle_files, demo_contract
from tests.support.candle_files import write_market
from tests.support.demo_contract import Bar, advices, read_bars
from tests.support.plain_loop import decide
from tests.support.theatre import Story, Theatre, shared_check, until
from treum_project.demo.followers import demo_followers
from treum_project.demo.options import SAMPLE
from treum_project.env import ROOT

FOLLOWERS = 30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Shape:
    """A kind of market. `write` makes its file in a folder."""

    name: str
    write: Callable[[Path], Path]
    strategy: str
    options: Mapping[str, object] = field(default_factory=dict)
    length: timedelta = HOUR
    ends_on_a_buy: bool = False
    silent: bool = False


def _equity(folder: Path) -> Path:
    days = candle_files.trading_days()
    return write_market(folder / "ACME-USD_1d.csv", days, bars=500, price=140, digits=2, seed=1)


def _currency(folder: Path) -> Path:
    hours = candle_files.fx_hours()
    return write_market(folder / "fx.csv", hours, bars=600, price=1.08, digits=5, seed=2, volume=False)


def _tiny(folder: Path) -> Path:
    return write_market(folder / "coin.csv", candle_files.all_hours(), bars=600, price=1.2e-5, digits=12, seed=3)


def _packed(folder: Path) -> Path:
    packed = folder / "SHIB-USDT_1h.csv.gz"
    packed.write_bytes(candle_files.packed(_tiny(folder)))
    return packed


def _short(folder: Path) -> Path:
    return write_market(folder / "NEW-USDT_1h.csv", candle_files.all_hours(), bars=49, price=3, digits=4, seed=4)


SHAPES = (
    Shape("the bundled sample", lambda _: SAMPLE, "macd_12_26_9", {"BARS": 420}),
    Shape("an equity with weekends", _equity, "sma_cross_20_50", length=DAY),
    Shape("a currency without volume", _currency, "bbands_20_2", {"SYMBOL": "EUR-USD", "TIMEFRAME": "1h"}),
    Shape("prices around 1e-5", _tiny, "rsi14_leave_zone", {"SYMBOL": "SHIB-USDT"}),
    Shape("a signal on the last bar", _packed, "donchian_20_10", ends_on_a_buy=True),
    Shape("too short for a signal", _short, "sma_cross_20_50", silent=True),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_signals_and_money_are_those_of_an_independent_calculation(
    theatre: Theatre, tmp_path: Path, shape: Shape
) -> None:
    candles, options = shape.write(tmp_path), dict(shape.options)
    if shape.ends_on_a_buy:
        options["BARS"] = _up_to_a_buy(shape.strategy, read_bars(candles))

    played = theatre.play(candles, STRATEGY=shape.strategy, FOLLOWERS=FOLLOWERS, **options)

    assert played.code == 0, played.output
    assert_as_calculated(played.report, candles, shape.strategy, followers=FOLLOWERS, folder=tmp_path)
    assert bool(played.report["signals"]) != shape.silent
    assert (played.report["unfilled"] > 0) == shape.ends_on_a_buy
    bars = read_bars(candles, limit=played.report["input"]["bars"])
    assert_decided_as_in_a_plain_loop(theatre, played.report, bars, length=shape.length)
    assert_one_story_for_each_signal(theatre, played.report)


def test_the_command_plays_the_sample_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path, bars, followers = tmp_path / "report.json", 600, 12
    options = {"BARS": str(bars), "FOLLOWERS": str(followers), "REPORT": str(path), "CANDLES": "", "STRATEGY": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={**os.environ, **options},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(path.read_text())
    assert_as_calculated(report, SAMPLE, "sma_cross_20_50", followers=followers, folder=tmp_path)
    assert report["input"]["bars"] == bars
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_garbage_in_bars_not_yet_released_changes_nothing_that_was_published(theatre: Theatre, tmp_path: Path) -> None:
    strategy = "bbands_20_2"
    story = theatre.begin(SAMPLE, STRATEGY=strategy, FOLLOWERS=FOLLOWERS, BARS=700)

    before, released = _spoil_what_is_to_come(theatre, story)
    played = story.ended()

    assert played.code == 0, played.output
    assert 5 <= len(before) < len(played.report["signals"])
    assert _signals(theatre)[: len(before)] == before
    bars, spoiled = read_bars(SAMPLE, limit=700), _bars_now(theatre)
    assert spoiled[:released] == bars[:released]
    assert spoiled[released + 1 :] != bars[released + 1 :]
    assert demo_contract.reported(played.report, spoiled) == advices(strategy, spoiled)
    undisturbed = [advice for advice in advices(strategy, bars) if advice.bar < released]
    assert demo_contract.reported(played.report, spoiled)[: len(undisturbed)] == undisturbed
    assert demo_contract.all_in(spoiled, advices(strategy, spoiled))[1] == played.report["reference_account"]["fills"]


def assert_as_calculated(
    report: Mapping[str, Any], candles: Path, strategy: str, *, followers: int, folder: Path
) -> None:
    """Assert that a report keeps its contract, by our own calculation and by the shared one."""
    assert demo_contract.problems(report, candles=candles, strategy=strategy, followers=followers) == []
    assert shared_check(candles, strategy, report, folder=folder) == ""


def assert_decided_as_in_a_plain_loop(
    theatre: Theatre, report: Mapping[str, Any], bars: Sequence[Bar], *, length: timedelta
) -> None:
    """Assert that every follower decided, and traded, as in an independent loop over the same followers."""
    oracle = decide(report, bars, demo_followers(FOLLOWERS), length=length)
    decisions = theatre.rows("trading", _DECISIONS)
    assert {(sequence - 1, follow - 1): code for sequence, follow, code in decisions} == oracle.decisions
    assert len(decisions) == len(oracle.decisions)
    assert report["decisions"] == dict(sorted(oracle.counts().items()))
    fills = sorted((f.signal + 1, f.follow + 1, f.side, f.qty, f.price, f.fee) for f in oracle.fills)
    assert theatre.rows("trading", _FILLS) == fills
    cash = [(follow.account.cash, follow.account.held) for follow in oracle.follows]
    assert theatre.rows("trading", _CASH) == cash


def assert_one_story_for_each_signal(theatre: Theatre, report: Mapping[str, Any]) -> None:
    """Assert that a signal's correlation id is on all that came of it, and on nothing else."""
    stories = {(signal["id"], signal["correlation_id"]) for signal in report["signals"]}
    filled = {signal_id for (signal_id,) in theatre.rows("trading", _FILLED_SIGNALS)}
    for what, (context, statement) in _TRACED.items():
        expected = {story for story in stories if story[0] in filled} if what in _OF_FILLS else stories
        assert set(theatre.rows(context, statement)) == expected, what


def _up_to_a_buy(strategy: str, bars: Sequence[Bar]) -> int:
    """Return how many bars end with a BUY that finds its followers without a position, and some history."""
    said = advices(strategy, bars)
    turns = (new.bar for old, new in pairwise(said) if (old.side, new.side) == ("SELL", "BUY"))
    return next(bar for bar in turns if bar > 60) + 1


def _spoil_what_is_to_come(theatre: Theatre, story: Story) -> tuple[list[tuple[Any, ...]], int]:
    """Overwrite the bars that no clock has shown, when some signals are out; return those and the bars released."""

    def some_are_out() -> bool:
        assert story.running, story.ended().output
        return bool(theatre.rows("signals", "SELECT 1 FROM signals_signal WHERE sequence >= 5"))

    until(some_are_out, seconds=60, pause=0.02)
    dice = random.Random(7)
    with closing(theatre.connection("signals")) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT clock, position FROM signals_replay FOR UPDATE")
        clock, released = cursor.fetchone()
        cursor.execute("SELECT id, open FROM signals_candle WHERE open_time > %s ORDER BY open_time", [clock])
        for place, (candle, opened) in enumerate(cursor.fetchall()):
            # The open of the bar after the clock is shown already; nothing else of it is.
            prices = [float(opened) if place == 0 else dice.uniform(1, 90_000), dice.uniform(1, 90_000)]
            values = (prices[0], max(prices) * 2, min(prices) / 2, prices[1], candle)
            cursor.execute("UPDATE signals_candle SET open = %s, high = %s, low = %s, close = %s WHERE id = %s", values)
        cursor.execute(_SIGNALS)
        return cursor.fetchall(), released


def _signals(theatre: Theatre) -> list[tuple[Any, ...]]:
    return theatre.rows("signals", _SIGNALS)


def _bars_now(theatre: Theatre) -> list[Bar]:
    rows = theatre.rows("signals", "SELECT open_time, open, high, low, close FROM signals_candle ORDER BY open_time")
    return [Bar(time, *map(Decimal.normalize, prices)) for time, *prices in rows]


_SIGNALS = """
    SELECT id, type, bar_time, price, target, stop_loss, confidence, analysis, evidence::text, generated_at,
           expires_at, sequence, correlation_id
      FROM signals_signal ORDER BY sequence
"""
_DECISIONS = """
    SELECT sequence, follow_id, code
      FROM trading_decision JOIN trading_execution AS execution ON execution.id = execution_id
"""
_FILLS = """
    SELECT sequence, follow_id, orders.side, fill.qty, fill.price, fee
      FROM trading_fill AS fill
      JOIN trading_order AS orders ON orders.client_order_id = order_id
      JOIN trading_execution AS execution ON execution.id = execution_id
     ORDER BY sequence, follow_id
"""
_CASH = """
    SELECT balance, held FROM trading_account AS account
      JOIN ledger_ledgerbalance AS cash ON cash.account_id = account.cash_ledger_id ORDER BY account.id
"""
_FILLED_SIGNALS = """
    SELECT DISTINCT signal_id::text FROM trading_fill
      JOIN trading_settlementbatch AS batch ON batch.id = batch_id
      JOIN trading_execution AS execution ON execution.id = batch.execution_id
"""
_FILL_EVENTS = """
      FROM outbox_message
     CROSS JOIN jsonb_array_elements(jsonb_path_query_array(body::jsonb, 'lax $[*]')) AS event
     WHERE name = 'trade.executed'
"""
_TRACED = {
    "signal event": (
        "signals",
        """SELECT body::jsonb #>> '{data,id}', body::jsonb ->> 'correlationid' FROM outbox_message
            WHERE name = 'signal.generated'""",
    ),
    "execution": ("trading", "SELECT signal_id::text, correlation_id FROM trading_execution"),
    "fill events": ("trading", f"SELECT event #>> '{{data,signal_id}}', event ->> 'correlationid' {_FILL_EVENTS}"),
    "fill messages": ("trading", f"SELECT event #>> '{{data,signal_id}}', correlation_id {_FILL_EVENTS}"),
    "completion": (
        "trading",
        """SELECT body::jsonb #>> '{data,signal_id}', correlation_id FROM outbox_message
            WHERE name = 'execution.completed'""",
    ),
    "notification": (
        "notifications",
        "SELECT data ->> 'signal_id', correlation_id FROM notifications_notification",
    ),
}
_OF_FILLS = ("fill events", "fill messages", "notification")
