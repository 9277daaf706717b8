"""Candle files of made-up markets, the same at every run: with weekends, without volume, with tiny prices."""

import gzip
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADER = "timestamp,open,high,low,close,volume"
MONDAY = datetime(2023, 1, 2, tzinfo=UTC)
Times = Iterator[datetime]


def trading_days() -> Times:
    """Yield Mondays to Fridays."""
    day = MONDAY
    while True:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def fx_hours() -> Times:
    """Yield the hours from Sunday 22:00 to Friday 21:00."""
    hour = MONDAY
    while True:
        friday_night = hour.weekday() == 4 and hour.hour > 21
        before_sunday_night = hour.weekday() == 6 and hour.hour < 22
        closed = friday_night or hour.weekday() == 5 or before_sunday_night
        if not closed:
            yield hour
        hour += timedelta(hours=1)


def all_hours() -> Times:
    """Yield every hour."""
    hour = MONDAY
    while True:
        yield hour
        hour += timedelta(hours=1)


def write_market(
    path: Path, times: Times, *, bars: int, price: float, digits: int, seed: int, volume: bool = True
) -> Path:
    """Write a market that wanders in waves, opening away from the last close, with prices of so many digits."""
    path.write_text("\n".join([HEADER, *_lines(times, bars, price, digits, random.Random(seed), volume)]) + "\n")
    return path


def _lines(times: Times, bars: int, price: float, digits: int, dice: random.Random, volume: bool) -> Iterator[str]:
    close = price
    for number, time in zip(range(bars), times, strict=False):
        opened = close * math.exp(dice.gauss(0, 0.002))
        pull = math.log(price * math.exp(0.25 * math.sin(number / 17)) / opened) * 0.08
        close = opened * math.exp(dice.gauss(pull, 0.008))
        high = max(opened, close) * (1 + abs(dice.gauss(0, 0.003)))
        low = min(opened, close) * (1 - abs(dice.gauss(0, 0.003)))
        shown = ",".join(f"{value:.{digits}f}" for value in (opened, high, low, close))
        yield f"{time:%Y-%m-%dT%H:%M:%SZ},{shown},{dice.randrange(10_000) if volume else 0}"


def packed(path: Path) -> bytes:
    """Return a file compressed."""
    return gzip.compress(path.read_bytes())
