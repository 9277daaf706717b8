"""The record of signals: append-only for everyone, forward only, corrected by revisions."""

from decimal import Decimal

import numpy as np
import pytest
from django.db import IntegrityError, connections, transaction

from apps.kernel.clock import now
from apps.signals.errors import (
    BarAlreadyPassed,
    BarNotReleased,
    LevelsCrossed,
    PriceOffTick,
    SignalNotFound,
    SignalNotOpen,
    StrategyNotSeeded,
    UnknownSymbol,
)
from apps.signals.models import Series, Signal, SignalCounter, Strategy
from apps.signals.rules.sight import FULL_SIGHT
from apps.signals.selectors import track_records
from apps.signals.services import (
    advance_replay,
    expire_signals,
    generate,
    revise_signal,
    score_outcomes,
    seed_strategies,
    start_replay,
)
from apps.signals.strategies import rule_of
from apps.signals.strategies.evaluation import signal_bars
from tests.integration.signals.conftest import SYMBOL, run_to_end, told
from tests.support.candles import times

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]


@pytest.fixture
def record(market):
    """Run a replay to its end."""
    run_to_end(start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"]))


@pytest.fixture
def fresh_buy(market):
    """Return a BUY that nothing has happened to."""
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["macd_12_26_9"])
    while not Signal.objects.filter(type="BUY").exists():
        replay.state, replay.waiting_for = "running", []
        replay.save(update_fields=["state", "waiting_for"])
        advance_replay(replay.pk)
    return Signal.objects.get(type="BUY")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM signals_signal",
        "UPDATE signals_signal SET price = price + 1",
        "UPDATE signals_signal SET analysis = 'better'",
        "UPDATE signals_signal SET bar_time = bar_time - interval '1 hour'",
        "UPDATE signals_signal SET generated_at = now()",
        "UPDATE signals_signal SET status = 'active' WHERE status <> 'active'",
        "UPDATE signals_signal SET status = 'expired' WHERE status = 'closed'",
        "UPDATE signals_signal SET outcome = 'target_hit' WHERE outcome = 'stop_hit'",
        "UPDATE signals_signal SET hypothetical_return = 1 WHERE outcome = 'stop_hit'",
    ],
)
def test_raw_sql_cannot_rewrite_the_record(record, statement):
    score_outcomes()
    with (
        pytest.raises(IntegrityError, match=r"no signal is deleted|not edited|only moves forward|not decided again"),
        transaction.atomic(using="signals"),
        connections["signals"].cursor() as cursor,
    ):
        cursor.execute(statement)


def test_asking_again_gives_the_signal_on_record(record):
    strategy = Strategy.objects.get()
    last = Signal.objects.order_by("-sequence").first()
    told_before = len(told("signal.generated"))
    answer = generate(strategy.pk, symbol=SYMBOL, up_to=last.bar_time)
    assert (answer.type, answer.signal, answer.created) == (last.type, last, False)
    assert len(told("signal.generated")) == told_before
    assert SignalCounter.objects.get().last == last.sequence


def test_hold_is_an_answer_and_not_an_event(record):
    strategy = Strategy.objects.get()
    spoken = set(Signal.objects.values_list("bar_time", flat=True))
    silent = next(at for at in reversed(times(600)) if at not in spoken)
    told_before = len(told("signal.generated"))
    answer = generate(strategy.pk, symbol=SYMBOL, up_to=silent)
    assert (answer.type, answer.signal) == ("HOLD", None)
    assert len(told("signal.generated")) == told_before


def test_the_record_is_not_filled_in_backwards(record, market):
    strategy = seed_strategies()[0]
    rule = rule_of(strategy.code)
    spoken = np.flatnonzero(signal_bars(rule, bars=market, parameters=rule.all_parameters()))
    first, *_, last = (times(600)[t] for t in spoken)
    assert generate(strategy.pk, symbol=SYMBOL, up_to=last).created
    with pytest.raises(BarAlreadyPassed):
        generate(strategy.pk, symbol=SYMBOL, up_to=first)
    assert Signal.objects.filter(strategy=strategy).count() == 1


def test_no_answer_about_what_has_not_closed_or_does_not_exist(market):
    strategy = seed_strategies()[0]
    with pytest.raises(BarNotReleased):
        generate(strategy.pk, symbol=SYMBOL)
    Series.objects.update(released_through=times(600)[99])
    with pytest.raises(BarNotReleased):
        generate(strategy.pk, symbol=SYMBOL, up_to=times(600)[100])
    with pytest.raises(UnknownSymbol):
        generate(strategy.pk, symbol="NONE-USDT")
    with pytest.raises(StrategyNotSeeded):
        generate(10**9, symbol=SYMBOL)


def test_signals_expire_after_four_released_bars_and_not_before(fresh_buy):
    at = times(600)
    bar = at.index(fresh_buy.bar_time)
    Series.objects.update(released_through=at[bar + 3])
    assert expire_signals() == 0
    Series.objects.update(released_through=at[bar + 4])
    assert expire_signals() >= 1
    assert expire_signals() == 0
    fresh_buy.refresh_from_db()
    assert fresh_buy.status == "expired"
    (event,) = [event for event in told("signal.expired") if event["id"] == str(fresh_buy.id)]
    assert event["expired_at"] == f"{at[bar + 5]:%Y-%m-%dT%H:%M:%SZ}" == f"{fresh_buy.expires_at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_sell_closes_what_was_bought(record):
    sells = Signal.objects.filter(type="SELL").order_by("bar_time")
    assert not Signal.objects.filter(type="BUY", bar_time__lt=sells.last().bar_time).exclude(status="closed").exists()


def test_outcomes_are_those_of_a_loop_over_the_bars(record, market):
    score_outcomes()
    assert score_outcomes() == 0
    at = times(600)
    for signal in Signal.objects.filter(type="BUY"):
        bar = at.index(signal.bar_time)
        expected = _outcome(market, bar, float(signal.target), float(signal.stop_loss))
        decided_at = expected[1] and at[0] + (expected[1] + 1) * (at[1] - at[0])
        assert (signal.outcome, signal.decided_at) == (expected[0], decided_at)
    assert set(Signal.objects.values_list("outcome", flat=True)) >= {"target_hit", "stop_hit"}
    assert set(Signal.objects.filter(type="SELL").values_list("outcome", flat=True)) == {"none"}


def _outcome(bars, bar, target, stop):
    for later in range(bar + 1, min(bar + 49, len(bars))):
        if bars.low[later] <= stop:
            return "stop_hit", later
        if bars.high[later] >= target:
            return "target_hit", later
    return ("time_exit", bar + 48) if bar + 48 < len(bars) else ("none", None)


def test_the_track_record_counts_every_signal(record):
    score_outcomes()
    strategy = Strategy.objects.get()
    found = track_records([strategy.pk], FULL_SIGHT, at=now())[strategy.pk]
    assert found.signals == Signal.objects.count() == found.buys + found.sells
    assert found.target_hit + found.stop_hit + found.time_exit + found.undecided == found.buys
    assert found.hit_rate == round(
        Decimal(100 * found.target_hit) / (found.target_hit + found.stop_hit + found.time_exit), 2
    )


def test_a_revision_supersedes_and_leaves_the_old_row_as_it_was(fresh_buy):
    price = Decimal(round(fresh_buy.price))
    revision = revise_signal(fresh_buy.id, target=price + 10, stop=price - 10, reason="A typo.")
    old = Signal.objects.get(pk=fresh_buy.pk)
    assert (old.status, old.target, old.stop_loss) == ("updated", fresh_buy.target, fresh_buy.stop_loss)
    revision.refresh_from_db()
    assert (revision.revision, revision.supersedes_id, revision.sequence) == (1, old.pk, old.sequence)
    assert revision.status == "active"
    (event,) = told("signal.updated")
    assert (event["id"], event["supersedes"], event["reason"]) == (str(revision.id), str(old.id), "A typo.")
    found = track_records([old.strategy_id], FULL_SIGHT, at=now())[old.strategy_id]
    assert found.buys == Signal.objects.filter(type="BUY").count() - 1


def test_a_bad_revision_is_refused(fresh_buy):
    price = Decimal(round(fresh_buy.price))
    with pytest.raises(PriceOffTick):
        revise_signal(fresh_buy.id, target=price + Decimal("1e-9"), stop=price - 1, reason="x")
    with pytest.raises(LevelsCrossed):
        revise_signal(fresh_buy.id, target=price - 2, stop=price - 3, reason="x")
    with pytest.raises(SignalNotFound):
        revise_signal("00000000-0000-0000-0000-000000000000", target=price + 2, stop=price - 2, reason="x")
    revise_signal(fresh_buy.id, target=price + 2, stop=price - 2, reason="x")
    with pytest.raises(SignalNotOpen):
        revise_signal(fresh_buy.id, target=price + 3, stop=price - 2, reason="x")
