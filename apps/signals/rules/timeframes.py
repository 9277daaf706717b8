"""How long a bar is."""

from datetime import timedelta

from apps.signals.enums import Timeframe
from apps.signals.errors import UnknownTimeframe

LENGTHS = {
    Timeframe.M1: timedelta(minutes=1),
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.M30: timedelta(minutes=30),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}

CLOCK_CHANGE = timedelta(hours=1)
"""Sessions follow local clocks: twice a year bars longer than this stand an hour closer, or wider, in UTC."""


def length_of(timeframe: str) -> timedelta:
    """Return how long a bar lasts. Raises UnknownTimeframe."""
    if timeframe not in LENGTHS:
        raise UnknownTimeframe(timeframe=timeframe, known=", ".join(LENGTHS))
    return LENGTHS[Timeframe(timeframe)]


def least_spacing(timeframe: str) -> timedelta:
    """Return the smallest distance between the opens of two bars."""
    length = length_of(timeframe)
    return length - CLOCK_CHANGE if length > CLOCK_CHANGE else length
