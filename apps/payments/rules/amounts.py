"""How amounts are written: with the decimal places that their currency has."""

from decimal import Decimal

from apps.kernel.money import exponent


def written(amount: Decimal, *, currency: str) -> str:
    """Return an amount with its currency's decimal places: `49.00` in euros, `490` in yen."""
    places = exponent(currency)
    return f"{amount.quantize(Decimal(1).scaleb(-places)) + 0:f}"
