"""The figures equal pandas' and the textbook's; what is undefined is None."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from apps.trading.rules import statistics
from apps.trading.rules.statistics import RoundTrip, summarise


def figures(equity, results=(), **changed):
    values = {"days_invested": 3, "traded_notional": 500.0, "fees": 1.5, "days_per_year": 365}
    return summarise(equity, round_trips=[RoundTrip(r) for r in results], **{**values, **changed})


@pytest.mark.parametrize("days_per_year", [252, 365])
@pytest.mark.parametrize("seed", range(5))
def test_figures_equal_those_of_pandas(seed, days_per_year):
    returns = np.random.default_rng(seed).normal(0.0005, 0.02, 400)
    equity = 10_000 * np.concatenate([[1.0], np.cumprod(1 + returns)])
    ours = figures(list(equity), days_per_year=days_per_year)
    series = pd.Series(equity)
    change = series.pct_change().dropna()
    downside = math.sqrt((change.clip(upper=0) ** 2).sum() / (len(change) - 1))
    assert ours.total_return == pytest.approx(series.iloc[-1] / series.iloc[0] - 1)
    assert ours.sharpe == pytest.approx(change.mean() / change.std(ddof=1) * math.sqrt(days_per_year))
    assert ours.sortino == pytest.approx(change.mean() / downside * math.sqrt(days_per_year))
    assert ours.max_drawdown == pytest.approx((series / series.cummax() - 1).min())
    growth = (series.iloc[-1] / series.iloc[0]) ** (days_per_year / 400) - 1
    assert ours.cagr == pytest.approx(growth)
    assert ours.calmar == pytest.approx(growth / abs((series / series.cummax() - 1).min()))


def test_round_trips_are_counted_by_what_they_earned():
    ours = figures([100.0, 110.0, 90.0, 120.0], [10.0, -4.0, 2.0, 0.0])
    assert (ours.round_trips, ours.win_rate, ours.profit_factor, ours.expectancy) == (4, 0.5, 3.0, 2.0)
    assert (ours.exposure, ours.turnover, ours.fees) == (1.0, 500 / 105, 1.5)


def test_the_starting_balance_is_the_first_peak():
    assert figures([100.0, 80.0, 90.0]).max_drawdown == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("equity", "undefined"),
    [
        pytest.param([100.0], ("cagr", "sharpe", "sortino", "calmar", "exposure"), id="no day has passed"),
        pytest.param([100.0, 100.0, 100.0], ("sharpe", "sortino", "calmar"), id="nothing moved"),
        pytest.param([100.0, 101.0, 103.0], ("sortino", "calmar"), id="nothing was lost"),
        pytest.param([], ("total_return", "cagr", "max_drawdown", "turnover"), id="no series at all"),
    ],
)
def test_what_is_undefined_is_none(equity, undefined):
    ours = figures(equity)
    assert {name: getattr(ours, name) for name in undefined} == dict.fromkeys(undefined)
    assert (ours.win_rate, ours.profit_factor, ours.expectancy) == (None, None, None)


def test_without_a_losing_trade_the_profit_factor_is_none():
    assert figures([100.0, 101.0], [5.0]).profit_factor is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([date(2024, 1, 5), date(2024, 1, 6)], 365, id="open on Saturday, as crypto is"),
        pytest.param([date(2024, 1, 4), date(2024, 1, 5)], 252, id="weekdays only"),
        pytest.param([date(2024, 1, 5), date(2024, 1, 7)], 252, id="currencies open on Sunday evening"),
    ],
)
def test_a_market_open_on_saturdays_has_365_days(days, expected):
    assert statistics.days_per_year(days) == expected
