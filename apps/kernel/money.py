"""Exact decimal money: how many places a currency has, how an amount is rounded and how it is shared out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from apps.kernel.errors import Refused

ISO_4217_EXPONENTS = {
    "USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "CAD": 2, "AUD": 2, "NZD": 2, "SGD": 2, "HKD": 2, "CNY": 2, "INR": 2,
    "BRL": 2, "MXN": 2, "ZAR": 2, "SEK": 2, "NOK": 2, "DKK": 2, "PLN": 2, "CZK": 2, "TRY": 2, "HUF": 2,
    "JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "UGX": 0,
    "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
ASSET_EXPONENT = 8
BOOK_SCALE = 8
"""Places at which trading cash is booked, whatever the currency (docs/decisions: money-scales)."""


class CurrencyMismatch(Refused):
    """Amounts in {left} and {right} cannot be added; convert one of them first."""


def exponent(currency: str) -> int:
    """Return the number of decimal places of a currency: ISO 4217's, or 8 for an asset that is not in it."""
    return ISO_4217_EXPONENTS.get(currency.upper(), ASSET_EXPONENT)


def written(amount: Decimal, currency: str) -> str:
    """Return an amount as people read it, with all places of its currency: "49.00 EUR", "1200 JPY"."""
    return f"{amount:.{exponent(currency)}f} {currency}"


def quantize(amount: Decimal, *, places: int = BOOK_SCALE) -> Decimal:
    """Round half away from zero to `places`, as PostgreSQL's `round(numeric, int)` does."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Only equal currencies add up."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return Money(self.amount + other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


def split_by_largest_remainder(total: Decimal, weights: Sequence[Decimal], *, places: int) -> list[Decimal]:
    """Share `total` out in proportion to `weights`, each part at `places`, so that the parts sum to the total exactly.

    Source: the largest remainder (Hare–Niemeyer) method; ties go to the earlier part. Raises ValueError when the
    weights do not sum to more than zero or the total has more places than `places`.
    """
    unit = Decimal(1).scaleb(-places)
    weight_sum = sum(weights, Decimal(0))
    if weight_sum <= 0 or total % unit:
        raise ValueError("Weights must sum to more than zero and the total must be whole in its smallest unit.")
    exact = [total * weight / weight_sum for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_DOWN) for share in exact]
    left = int((total - sum(parts, Decimal(0))) / unit)
    step = unit if left >= 0 else -unit
    by_remainder = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for i in by_remainder[: abs(left)]:
        parts[i] += step
    return parts
