"""The replay's clock: every bar once, every signal once, whatever is delivered twice or dies."""

import threading

import numpy as np
import pytest
from django.db import connections

from apps.kernel.outbox.models import OutboxMessage
from apps.signals.errors import NoPace, NoStrategies, UnknownStrategy, UnknownSymbol, UnknownTimeframe
from apps.signals.models import Candle, Replay, Signal
from apps.signals.services import advance_replay, advance_replays, replays, resume_replays, start_replay
from apps.signals.services.prefixes import forget_prefixes
from apps.signals.strategies import RULES, rule_of
from apps.signals.strategies.evaluation import evaluate
from tests.integration.signals.conftest import SYMBOL, published, requested, run_to_end, told
from tests.support.candles import times

DATABASES = ["default", "signals"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=DATABASES)]


def a_replay(*strategies, **options):
    return start_replay(SYMBOL, timeframe="1h", strategies=strategies or ("donchian_20_10",), **options)


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_replay_says_what_the_strategy_says_on_the_whole_series(market, code):
    run_to_end(a_replay(code))
    said = evaluate(rule_of(code), bars=market, parameters=rule_of(code).all_parameters())
    at = times(len(market))
    expected = [(at[t], "BUY" if said.buy[t] else "SELL") for t in np.flatnonzero(said.buy | said.sell)]
    assert list(Signal.objects.order_by("sequence").values_list("bar_time", "type")) == expected
    assert list(Signal.objects.order_by("sequence").values_list("sequence", flat=True)) == [
        *range(1, len(expected) + 1)
    ]


def test_every_bar_is_told_once_in_order_with_the_open_of_the_next(market):
    replay = a_replay()
    run_to_end(replay)
    bars = told("market.bar.closed")
    assert [bar["bar_time"] for bar in bars] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in times(600)]
    assert [float(bar["next_open"]) for bar in bars[:-1]] == list(market.open[1:])
    assert bars[-1]["next_open"] is None
    assert (replay.position, replay.clock) == (600, times(600)[-1])


def test_a_limit_ends_the_tape_although_the_file_goes_on(market):
    replay = a_replay(limit=100)
    run_to_end(replay)
    bars = told("market.bar.closed")
    assert len(bars) == 100
    assert bars[-1]["next_open"] is None
    assert bars[-2]["next_open"] is not None


def test_the_bars_are_recorded_before_the_signal_on_the_last_of_them(market):
    advance_replay(a_replay().pk)
    names = list(OutboxMessage.objects.using("signals").order_by("id").values_list("name", flat=True))
    assert names.index("market.bar.closed") < names.index("signal.generated")
    (signal,) = told("signal.generated")
    assert told("market.bar.closed")[-1]["bar_time"] == signal["bar_time"]


def test_each_signal_has_a_story_of_its_own(market):
    run_to_end(a_replay())
    stories = list(Signal.objects.values_list("correlation_id", flat=True))
    assert len(set(stories)) == len(stories)
    on_the_wire = OutboxMessage.objects.using("signals").filter(name="signal.generated")
    assert sorted(on_the_wire.values_list("correlation_id", flat=True)) == sorted(stories)


def test_a_waiting_replay_is_not_moved_by_a_second_delivery(market):
    replay = a_replay()
    advance_replay(replay.pk)
    replay.refresh_from_db()
    before = (replay.position, requested(), len(published()))
    advance_replay(replay.pk)
    replay.refresh_from_db()
    assert (replay.position, requested(), len(published())) == before


def test_an_answer_delivered_twice_asks_once(market):
    replay = a_replay()
    advance_replay(replay.pk)
    replay.refresh_from_db()
    waited_for = list(replay.waiting_for)
    asked = requested()
    resume_replays(waited_for)
    resume_replays(waited_for)
    assert requested() == asked + 1


def test_a_replay_of_several_strategies_waits_for_all_signals_of_a_bar(market):
    replay = a_replay("rsi14_enter_zone", "rsi14_leave_zone", "donchian_20_10", "bbands_20_2")
    while len(replay.waiting_for) < 2:
        resume_replays(replay.waiting_for)
        advance_replay(replay.pk)
        replay.refresh_from_db()
        assert replay.state == "waiting"
    first, *others = replay.waiting_for
    resume_replays([first])
    replay.refresh_from_db()
    assert (replay.state, replay.waiting_for) == ("waiting", others)
    resume_replays(others)
    replay.refresh_from_db()
    assert replay.state == "running"


def test_several_strategies_together_say_what_each_says_alone(market, twin):
    for code in RULES:
        run_to_end(a_replay(code, limit=300))
    run_to_end(start_replay(twin, timeframe="1h", strategies=list(RULES), limit=300))
    together = [row[:-1] for row in published(twin)]
    assert together
    assert together == [row[:-1] for row in published(SYMBOL)]


def test_small_chunks_give_the_same_record_as_large_ones(market, twin, settings):
    run_to_end(a_replay("sma_cross_20_50"))
    settings.TREUM_SIGNALS_CHUNK_BARS = 7
    run_to_end(start_replay(twin, timeframe="1h", strategies=["sma_cross_20_50"]))
    assert published(twin) == published(SYMBOL)
    assert len(told("market.bar.closed")) == 1200


def test_garbage_ahead_of_the_clock_changes_no_published_signal(market):
    replay = a_replay()
    for _ in range(5):
        advance_replay(replay.pk)
        replay.refresh_from_db()
        resume_replays(replay.waiting_for)
    before = [row[:-1] for row in published()]
    ahead = Candle.objects.filter(open_time__gt=replay.clock)
    ahead.update(open=1, high=10**6, low="0.001", close=10**5)
    run_to_end(replay)
    assert [row[:-1] for row in published()][: len(before)] == before


@pytest.mark.parametrize("dies_at", ["release", "expire_signals", "answer_at_close", "_ask_to_advance"])
def test_a_death_at_any_step_neither_skips_nor_repeats(market, twin, monkeypatch, dies_at):
    run_to_end(a_replay("macd_12_26_9", limit=250))
    replay = start_replay(twin, timeframe="1h", strategies=["macd_12_26_9"], limit=250)
    real, calls = getattr(replays, dies_at), []

    def dying(*args, **options):
        done = real(*args, **options)
        calls.append(1)
        if len(calls) % 2:
            raise ConnectionError("killed")
        return done

    monkeypatch.setattr(replays, dies_at, dying)
    _run_stubbornly(replay)
    assert len(calls) > 2
    assert published(twin) == published(SYMBOL)
    bars = told("market.bar.closed")
    assert [bar["bar_time"] for bar in bars if bar["symbol"] == twin] == [
        bar["bar_time"] for bar in bars if bar["symbol"] == SYMBOL
    ]


def _run_stubbornly(replay):
    for _ in range(2000):
        replay.refresh_from_db()
        if replay.state == "finished":
            return
        try:
            resume_replays(replay.waiting_for)
            advance_replay(replay.pk)
        except ConnectionError:
            forget_prefixes()
    raise AssertionError("The replay did not finish.")


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_two_at_once_release_each_bar_once(market):
    replay = a_replay("donchian_20_10", limit=200)

    def work():
        try:
            while Replay.objects.exclude(state="finished").exists():
                advance_replay(replay.pk)
                resume_replays(Replay.objects.get().waiting_for)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [bar["bar_time"] for bar in told("market.bar.closed")] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in times(200)]
    assert len({signal["bar_time"] for signal in told("signal.generated")}) == Signal.objects.count()


def test_a_timed_replay_releases_bars_by_the_second(market, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
    replay = a_replay(pace="timed", bars_per_second=2.5)
    positions = []
    for second in range(5):
        time_machine.move_to(f"2026-01-01T00:00:0{second}Z", tick=False)
        advance_replays()
        advance_replays()
        replay.refresh_from_db()
        positions.append(replay.position)
    assert positions == [0, 2, 5, 7, 10]
    assert requested() == 0


def test_a_timed_replay_waits_for_its_signals_and_catches_up(market, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
    replay = a_replay(pace="timed", bars_per_second=1000)
    advance_replays()
    time_machine.move_to("2026-01-01T00:00:01Z", tick=False)
    for _ in range(600):
        advance_replays()
        replay.refresh_from_db()
        if replay.state == "finished":
            break
        assert replay.state == "waiting"
        position = replay.position
        advance_replays()
        replay.refresh_from_db()
        assert replay.position == position
        resume_replays(replay.waiting_for)
    assert (replay.state, replay.position) == ("finished", 600)
    assert Signal.objects.count() == len(told("signal.generated")) > 0
    assert requested() == 0


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"strategies": ["golden_goose"]}, UnknownStrategy),
        ({"strategies": []}, NoStrategies),
        ({"symbol": "NONE-USDT"}, UnknownSymbol),
        ({"timeframe": "2h"}, UnknownTimeframe),
        ({"timeframe": "4h"}, UnknownSymbol),
        ({"pace": "timed"}, NoPace),
    ],
)
def test_a_replay_of_something_unknown_is_refused(market, options, error):
    asked = {"symbol": SYMBOL, "timeframe": "1h", "strategies": ["donchian_20_10"], **options}
    with pytest.raises(error):
        start_replay(asked.pop("symbol"), **asked)
    assert not Replay.objects.exists()
