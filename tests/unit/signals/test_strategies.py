"""The built-in strategies against definitions written out a second time, and against the future."""

import numpy as np
import pandas as pd
import pytest

from apps.signals.errors import UnknownStrategy
from apps.signals.strategies import RULES, rule_of
from apps.signals.strategies.evaluation import evaluate, signal_bars
from apps.signals.strategies.rule import Advice, Rule
from tests.support.candles import a_walk

BARS = a_walk(900, seed=11)


def crosses(line, level):
    """Bar by bar: above now, not above on the bar before."""
    level = np.broadcast_to(level, len(line))
    return {t for t in range(1, len(line)) if line[t] > level[t] and line[t - 1] <= level[t - 1]}


def sma(values, period):
    return pd.Series(values).rolling(period).mean().to_numpy()


def wilder_rsi(close, period=14):
    changes = np.diff(close)
    gains, losses = np.maximum(changes, 0), np.maximum(-changes, 0)
    rsi = np.full(len(close), np.nan)
    gain, loss = gains[:period].mean(), losses[:period].mean()
    for t in range(period, len(close)):
        if t > period:
            gain = (gain * (period - 1) + gains[t - 1]) / period
            loss = (loss * (period - 1) + losses[t - 1]) / period
        rsi[t] = 100 * gain / (gain + loss)
    return rsi


def written_out(code, bars):
    close = bars.close
    if code == "sma_cross_20_50":
        fast, slow = sma(close, 20), sma(close, 50)
        return crosses(fast, slow), crosses(slow, fast)
    if code == "rsi14_enter_zone":
        return crosses(-wilder_rsi(close), -30), crosses(wilder_rsi(close), 70)
    if code == "rsi14_leave_zone":
        return crosses(wilder_rsi(close), 30), crosses(-wilder_rsi(close), -70)
    if code == "bbands_20_2":
        middle, width = sma(close, 20), 2 * pd.Series(close).rolling(20).std(ddof=0).to_numpy()
        return crosses(-close, -(middle - width)), crosses(close, middle + width)
    top = pd.Series(bars.high).rolling(20).max().shift(1).to_numpy()
    bottom = pd.Series(bars.low).rolling(10).min().shift(1).to_numpy()
    return set(np.flatnonzero(close > top)), set(np.flatnonzero(close < bottom))


@pytest.mark.parametrize("code", sorted(set(RULES) - {"macd_12_26_9"}))
def test_a_strategy_speaks_on_the_bars_that_its_definition_names(code):
    rule = rule_of(code)
    buys, sells = written_out(code, BARS)
    said = evaluate(rule, bars=BARS, parameters=rule.all_parameters())
    assert set(np.flatnonzero(said.buy)) == buys - sells
    assert set(np.flatnonzero(said.sell)) == sells - buys
    assert buys
    assert sells


def test_macd_speaks_where_the_exponential_averages_cross():
    rule = rule_of("macd_12_26_9")
    close = pd.Series(BARS.close)
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    signal = line.ewm(span=9, adjust=False).mean()
    said = evaluate(rule, bars=BARS, parameters=rule.all_parameters())
    settled = 300
    expected = {t for t in crosses(line.to_numpy(), signal.to_numpy()) if t >= settled}
    assert {t for t in np.flatnonzero(said.buy) if t >= settled} == expected


@pytest.mark.parametrize("code", sorted(RULES))
def test_cutting_the_future_off_changes_no_past_signal(code):
    rule = rule_of(code)
    parameters = rule.all_parameters()
    whole = evaluate(rule, bars=BARS, parameters=parameters)
    for end in [*range(1, 300, 7), *range(300, len(BARS), 53), *np.flatnonzero(whole.buy | whole.sell)[:20] + 1]:
        cut = evaluate(rule, bars=BARS.until(end), parameters=parameters)
        for name in ("buy", "sell", "target", "stop", "atr"):
            np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name)[:end])


@pytest.mark.parametrize("code", sorted(RULES))
def test_looking_for_the_next_signal_finds_what_is_then_said(code):
    rule = rule_of(code)
    said = evaluate(rule, bars=BARS, parameters=rule.all_parameters())
    found = signal_bars(rule, bars=BARS, parameters=rule.all_parameters())
    np.testing.assert_array_equal(found, said.buy | said.sell)


@pytest.mark.parametrize("code", sorted(RULES))
@pytest.mark.parametrize("price", [1e-5, 1.0, 68_000.0])
def test_the_size_of_prices_does_not_matter(code, price):
    rule = rule_of(code)
    bars = a_walk(400, seed=3, price=price)
    said = evaluate(rule, bars=bars, parameters=rule.all_parameters())
    assert (said.buy | said.sell).any()
    assert not (said.buy & said.sell).any()


def test_buy_and_sell_on_one_bar_cancel_out():
    rule = Rule("both", "Both", "", "", "", decide=lambda bars, _: Advice(bars.close > 0, bars.close > 100, {}))
    said = evaluate(rule, bars=BARS, parameters=rule.all_parameters())
    assert not (said.buy & said.sell).any()
    np.testing.assert_array_equal(said.buy, BARS.close <= 100)
    assert not said.sell.any()


@pytest.mark.parametrize("code", sorted(RULES))
@pytest.mark.parametrize("length", [1, 2, 14, 15])
def test_a_short_prefix_is_silent_and_has_no_levels_before_the_atr(code, length):
    rule = rule_of(code)
    said = evaluate(rule, bars=BARS.until(length), parameters=rule.all_parameters())
    assert np.isnan(said.target[:14]).all()
    assert len(said.buy) == length


def test_an_unknown_strategy_is_named_with_those_there_are():
    with pytest.raises(UnknownStrategy, match=r"'golden_goose'.*bbands_20_2, donchian_20_10"):
        rule_of("golden_goose")
