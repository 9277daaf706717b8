"""Confidence against a loop that follows its definition signal by signal."""

from decimal import Decimal

import numpy as np
import pytest

from apps.signals.rules.confidence import ENOUGH, confidence_at_end
from apps.signals.strategies import RULES, rule_of
from apps.signals.strategies.evaluation import evaluate
from tests.support.candles import a_walk

HORIZON = 48


def counted_one_by_one(bars, said):
    """Return (wins, decided) in the regime of the last bar, looking at each earlier BUY in turn."""
    now = len(bars) - 1
    average = [None if t < 199 else bars.close[t - 199 : t + 1].mean() for t in range(len(bars))]
    wins = decided = 0
    for t in range(now):
        if not said.buy[t] or np.isnan(said.atr[t]) or average[t] is None:
            continue
        if (bars.close[t] > average[t]) != (bars.close[now] > average[now]):
            continue
        for later in range(t + 1, min(t + HORIZON, now) + 1):
            if bars.low[later] <= said.stop[t]:
                decided += 1
                break
            if bars.high[later] >= said.target[t]:
                wins, decided = wins + 1, decided + 1
                break
        else:
            decided += t + HORIZON <= now
    return wins, decided


@pytest.mark.parametrize("code", sorted(RULES))
@pytest.mark.parametrize("end", [450, 1000, 2500])
def test_confidence_counts_what_a_careful_reader_counts(code, end):
    rule = rule_of(code)
    bars = a_walk(2500, seed=5, volatility=0.01).until(end)
    said = evaluate(rule, bars=bars, parameters=rule.all_parameters())
    found = confidence_at_end(bars, evaluation=said, horizon=HORIZON)
    wins, decided = counted_one_by_one(bars, said)
    assert (found.wins, found.decided) == (wins, decided)
    if decided < ENOUGH:
        assert found.value is None
    else:
        assert found.value == round(Decimal(100 * (wins + 1)) / (decided + 2), 2)


def test_confidence_of_a_bar_is_the_same_whatever_comes_after():
    rule = rule_of("donchian_20_10")
    bars = a_walk(2000, seed=8)
    whole = evaluate(rule, bars=bars, parameters=rule.all_parameters())
    for end in (700, 1300, 1999):
        cut = evaluate(rule, bars=bars.until(end), parameters=rule.all_parameters())
        alone = confidence_at_end(bars.until(end), evaluation=cut, horizon=HORIZON)
        assert alone == confidence_at_end(bars.until(end), evaluation=whole.until(end), horizon=HORIZON)


def test_without_a_regime_there_is_not_enough_data():
    rule = rule_of("donchian_20_10")
    bars = a_walk(199)
    said = evaluate(rule, bars=bars, parameters=rule.all_parameters())
    found = confidence_at_end(bars, evaluation=said, horizon=HORIZON)
    assert found.value is None
    assert found.regime is None
