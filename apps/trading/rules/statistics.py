"""What an equity series and its round trips say. What is undefined is None, never zero and never infinite.

Sharpe and Sortino use a risk-free rate of zero and ddof 1; Sortino's deviation counts returns below zero only, over all
returns. The series starts with the starting balance, which is also the first peak.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

DAYS_OF_CRYPTO = 365
DAYS_OF_EQUITIES = 252

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position from entry to exit, and what it earned after all costs."""

    result: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of DOMAIN; ratios as fractions, drawdown as a fraction at or below zero."""

    total_return: float | None
    cagr: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float | None
    calmar: float | None
    round_trips: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    exposure: float | None
    turnover: float | None
    fees: float


def summarise(
    equity: Sequence[float],
    *,
    round_trips: Sequence[RoundTrip],
    days_invested: int,
    traded_notional: float,
    fees: float,
    days_per_year: int,
) -> Statistics:
    """Return the figures of a daily equity series whose first value is the starting balance."""
    results = [trip.result for trip in round_trips]
    returns = daily_returns(equity)
    growth = cagr(equity, days_per_year=days_per_year)
    drawdown = max_drawdown(equity)
    days = len(equity) - 1
    return Statistics(
        total_return=_ratio(equity[-1] - equity[0], equity[0]) if equity else None,
        cagr=growth,
        sharpe=sharpe(returns, days_per_year=days_per_year),
        sortino=sortino(returns, days_per_year=days_per_year),
        max_drawdown=drawdown,
        calmar=None if growth is None or drawdown is None else _ratio(growth, -drawdown),
        round_trips=len(results),
        win_rate=_ratio(sum(result > 0 for result in results), len(results)),
        profit_factor=_ratio(sum(r for r in results if r > 0), -sum(r for r in results if r < 0)),
        expectancy=_ratio(sum(results), len(results)),
        exposure=_ratio(days_invested, days),
        turnover=_ratio(traded_notional, sum(equity) / len(equity)) if equity else None,
        fees=fees,
    )


def daily_returns(equity: Sequence[float]) -> list[float]:
    """Return the relative change of each day against the day before; none after equity has reached zero."""
    returns = []
    for before, after in pairwise(equity):
        if before <= 0:
            break
        returns.append(after / before - 1)
    return returns


def cagr(equity: Sequence[float], *, days_per_year: int) -> float | None:
    """Return the yearly growth that leads from the first to the last value."""
    days = len(equity) - 1
    if days < 1 or equity[0] <= 0 or equity[-1] < 0:
        return None
    return float((equity[-1] / equity[0]) ** (days_per_year / days) - 1)


def sharpe(returns: Sequence[float], *, days_per_year: int) -> float | None:
    """Return the mean return over its deviation, per year."""
    if len(returns) < 2:
        return None
    mean = math.fsum(returns) / len(returns)
    variance = math.fsum((value - mean) ** 2 for value in returns) / (len(returns) - 1)
    return _annual(mean, variance, days_per_year)


def sortino(returns: Sequence[float], *, days_per_year: int) -> float | None:
    """Return the mean return over its downside deviation, per year."""
    if len(returns) < 2:
        return None
    mean = math.fsum(returns) / len(returns)
    downside = math.fsum(min(value, 0.0) ** 2 for value in returns) / (len(returns) - 1)
    return _annual(mean, downside, days_per_year)


def max_drawdown(equity: Sequence[float]) -> float | None:
    """Return the deepest fall from a peak, as a fraction at or below zero."""
    if not equity or equity[0] <= 0:
        return None
    peak, deepest = equity[0], 0.0
    for value in equity:
        peak = max(peak, value)
        deepest = min(deepest, value / peak - 1)
    return deepest


def days_per_year(days: Sequence[date]) -> int:
    """Return how many days a year the market trades: one that is open on Saturdays never closes."""
    return DAYS_OF_CRYPTO if any(day.weekday() == _SATURDAY for day in days) else DAYS_OF_EQUITIES


def _annual(mean: float, variance: float, days: int) -> float | None:
    # Equal returns differ by rounding alone; a ratio over that is noise.
    if variance <= (abs(mean) * 1e-12) ** 2:
        return None
    return mean / math.sqrt(variance) * math.sqrt(days)


def _ratio(part: float, whole: float) -> float | None:
    return None if whole == 0 else part / whole
