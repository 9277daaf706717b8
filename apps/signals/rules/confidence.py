"""How often earlier advice in the same regime worked out, from candles alone.

100·(wins+1)/(n+2) over the earlier BUYs whose outcome was decided by the last bar of the prefix. A win reached its
target before its stop within the horizon; when one bar reaches both, the stop is taken to have come first.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import talib
from numpy.typing import NDArray

from apps.signals.strategies.evaluation import Evaluation
from apps.signals.strategies.rule import Bars, Flags

REGIME_PERIOD = 200
ENOUGH = 30
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Confidence:
    """The value in percent, or None, with the counts behind it. `regime` is None while SMA(200) is undefined."""

    value: Decimal | None
    wins: int
    decided: int
    regime: str | None
    regime_average: float


def confidence_at_end(bars: Bars, *, evaluation: Evaluation, horizon: int) -> Confidence:
    """Return the confidence in a BUY on the last bar of the prefix."""
    average = talib.SMA(bars.close, REGIME_PERIOD)
    if not np.isfinite(average[-1]):
        return Confidence(None, 0, 0, None, float("nan"))
    above = bars.close > average
    comparable = evaluation.buy & np.isfinite(evaluation.atr) & np.isfinite(average) & (above == above[-1])
    earlier = np.flatnonzero(comparable[:-1])
    won, decided = _outcomes(bars, evaluation=evaluation, signals=earlier, horizon=horizon)
    wins, count = int(won.sum()), int(decided.sum())
    value = (Decimal(100 * (wins + 1)) / (count + 2)).quantize(CENT) if count >= ENOUGH else None
    return Confidence(value, wins, count, "above" if above[-1] else "below", float(average[-1]))


def _outcomes(bars: Bars, *, evaluation: Evaluation, signals: NDArray[np.intp], horizon: int) -> tuple[Flags, Flags]:
    """Return for each BUY whether it was won, and whether it was decided, by the last bar of the prefix."""
    last = len(bars) - 1
    window = signals[:, None] + np.arange(1, horizon + 1)
    known = window <= last
    window = np.minimum(window, last)
    reached = (bars.high[window] >= evaluation.target[signals][:, None]) & known
    stopped = (bars.low[window] <= evaluation.stop[signals][:, None]) & known
    won_in, lost_in = _first(reached), _first(stopped)
    won = won_in < lost_in
    decided = won | (lost_in < horizon) | (signals + horizon <= last)
    return won & decided, decided


def _first(flags: Flags) -> NDArray[np.intp]:
    """Return the column of the first flag in each row, or the number of columns where there is none."""
    first: NDArray[np.intp] = np.where(flags.any(axis=1), flags.argmax(axis=1), flags.shape[1])
    return first
