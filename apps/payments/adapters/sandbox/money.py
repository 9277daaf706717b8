"""What a charge costs the merchant."""

from decimal import ROUND_HALF_EVEN, Decimal

from apps.kernel.money import exponent

SHARE = Decimal("0.029")
FIXED = Decimal("0.30")


def fee_of(amount: Decimal, *, currency: str) -> Decimal:
    """Return the fee of a charge: 2.9 % and 0.30, half-even at the currency's exponent, never more than the amount."""
    unit = Decimal(1).scaleb(-exponent(currency))
    return min(amount, (amount * SHARE + FIXED).quantize(unit, rounding=ROUND_HALF_EVEN))
