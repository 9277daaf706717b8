"""Exact shares of money, rounded once: half-even (ISO 80000-1, rule A) at the exponent of the currency."""

from decimal import Decimal
from fractions import Fraction

from apps.kernel.money import exponent


def half_even(amount: Fraction | Decimal, *, currency: str) -> Decimal:
    """Return an exact amount at the places of its currency; a tie goes to the even neighbour."""
    places = exponent(currency)
    return Decimal(round(Fraction(amount) * 10**places)).scaleb(-places)
