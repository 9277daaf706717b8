"""The tax in a price, or on top of it. It is rounded once for each line, and net and tax sum to the gross.

Source: Council Directive 2006/112/EC, articles 73 and 78 (the taxable amount is what is paid without the tax);
rounding for each line, half-even, is our choice and stands on every invoice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.payments.enums import TaxBehavior
from apps.payments.rules.rounding import half_even

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount, taken apart. All three have the sign of the amount."""

    net: Decimal
    tax: Decimal
    gross: Decimal


def taxed(amount: Decimal, *, percentage: Decimal, behavior: TaxBehavior | str, currency: str) -> Taxed:
    """Return an amount with its tax: within it where the price is inclusive, on top of it where it is exclusive."""
    priced, rate = half_even(amount, currency=currency), Fraction(percentage)
    if behavior == TaxBehavior.INCLUSIVE:
        tax = half_even(Fraction(priced) * rate / (HUNDRED + rate), currency=currency)
        return Taxed(net=priced - tax, tax=tax, gross=priced)
    tax = half_even(Fraction(priced) * rate / HUNDRED, currency=currency)
    return Taxed(net=priced, tax=tax, gross=priced + tax)


def parts_of(taxes: Mapping[str, Decimal], part: Fraction, *, currency: str) -> dict[str, Decimal]:
    """Return a part of what is owed to each country, rounded once for each."""
    return {country: half_even(Fraction(tax) * part, currency=currency) for country, tax in taxes.items()}
