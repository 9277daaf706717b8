"""Made-up markets: seeded walks as arrays, and candle files of them."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from apps.signals.strategies.rule import Bars

START = datetime(2024, 1, 1, tzinfo=UTC)
HEADER = ("timestamp", "open", "high", "low", "close", "volume")


def a_walk(bars: int, *, seed: int = 1, price: float = 100.0, volatility: float = 0.02) -> Bars:
    """Return a random walk on a grid of a thousandth of the price, so that ties happen."""
    random = np.random.default_rng(seed)
    step = price / 1000
    close = np.round(price * np.exp(np.cumsum(random.normal(0, volatility, bars))) / step) * step
    close = np.maximum(close, step)
    open_ = np.concatenate(([price], close[:-1]))
    high = np.maximum(open_, close) + step * random.integers(0, 20, bars)
    low = np.maximum(np.minimum(open_, close) - step * random.integers(0, 20, bars), step / 10)
    return Bars(open_, high, low, close, random.integers(0, 1000, bars).astype(np.float64))


def times(bars: int, *, length: timedelta = timedelta(hours=1)) -> list[datetime]:
    """Return the opening times of so many bars without gaps."""
    return [START + n * length for n in range(bars)]


def write_candles(path: Path, bars: Bars, *, length: timedelta = timedelta(hours=1)) -> Path:
    """Write a walk as a candle file."""
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    with path.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for moment, *values in zip(times(len(bars), length=length), *columns, strict=True):
            writer.writerow([moment.isoformat().replace("+00:00", "Z"), *(repr(float(value)) for value in values)])
    return path
