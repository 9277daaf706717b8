"""From indicator floats back to exact prices, always in a stated direction."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from math import isfinite

PLACES = Decimal(1).scaleb(-18)
"""Prices are published with at most 18 places, as NUMERIC(38,18) keeps them."""

WIDE = Context(prec=80)
"""Wide enough to hold every digit of a float and of NUMERIC(48,28), so that nothing is rounded on the way."""


def plain(value: Decimal) -> Decimal:
    """Return the value at the published scale, without trailing zeros."""
    return value.quantize(PLACES, context=WIDE).normalize(WIDE)


def on_tick(value: float, *, tick: Decimal, rounding: str) -> Decimal | None:
    """Return the value on the grid of `tick`; None when it is undefined or not above zero there."""
    if not isfinite(value):
        return None
    steps = WIDE.divide(reading(value), tick).to_integral_value(rounding)
    price = WIDE.multiply(steps, tick)
    return plain(price) if price > 0 else None


def target_on_tick(value: float, *, tick: Decimal) -> Decimal | None:
    """Return a target rounded up: it never counts as reached earlier than it was derived."""
    return on_tick(value, tick=tick, rounding=ROUND_CEILING)


def stop_on_tick(value: float, *, tick: Decimal) -> Decimal | None:
    """Return a stop rounded down: it never lies closer to the price than it was derived."""
    return on_tick(value, tick=tick, rounding=ROUND_FLOOR)


def reading(value: float) -> Decimal:
    """Return an indicator's float as the shortest decimal that reads back as the same float."""
    return Decimal(repr(float(value)))
