"""What is left of a period in money, when a subscription changes in the middle of it.

One rule: to the second, on the net amount that was really paid for the time, half-even at the currency's exponent, the
tax recomputed. What is credited and what was earned until then sum to what was paid, in net and in tax.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.payments.enums import TaxBehavior
from apps.payments.rules.rounding import half_even
from apps.payments.rules.tax import HUNDRED, Taxed, taxed


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for a time, less what has gone back since, and the rate of its tax."""

    net: Decimal
    tax: Decimal
    percentage: Decimal


def unused(paid: Paid, *, seconds_left: int, seconds: int, currency: str) -> Taxed:
    """Return the part of what was paid that belongs to the time left, as amounts above zero.

    All of it when no second was used, to the cent; never more than was paid, in net, in tax or in sum.
    """
    if seconds_left >= seconds:
        return Taxed(net=paid.net, tax=paid.tax, gross=paid.net + paid.tax)
    net = half_even(Fraction(paid.net) * seconds_left / seconds, currency=currency)
    recomputed = half_even(Fraction(net) * Fraction(paid.percentage) / HUNDRED, currency=currency)
    tax = min(recomputed, paid.tax)
    return Taxed(net=net, tax=tax, gross=net + tax)


def remaining(
    amount: Decimal,
    *,
    seconds_left: int,
    seconds: int,
    percentage: Decimal,
    behavior: TaxBehavior | str,
    currency: str,
) -> tuple[Decimal, Taxed]:
    """Return the part of a price that the time left costs, as it is priced and with its tax."""
    part = half_even(Fraction(amount) * min(seconds_left, seconds) / seconds, currency=currency)
    return part, taxed(part, percentage=percentage, behavior=behavior, currency=currency)
