"""Amounts as Stripe writes them: whole numbers of the smallest unit of a currency, with Stripe's exceptions to that.

Source: https://docs.stripe.com/currencies, "Zero-decimal", "Three-decimal" and "Special cases".
"""

from decimal import Decimal

from apps.kernel.money import ASSET_EXPONENT, exponent
from apps.payments.errors import ProviderRefused

WRITTEN_WITH_CENTS = frozenset({"ISK", "UGX"})
"""Have no smaller unit any more, but Stripe still counts in hundredths, and takes whole ones only."""
THREE_DECIMALS = 3
TENS = 10
"""Amounts with three decimals are taken in steps of ten of the smallest unit."""


def to_minor(amount: Decimal, *, currency: str) -> int:
    """Return an amount as Stripe takes it. Raises ProviderRefused for one that cannot be collected exactly."""
    places = _places(currency)
    minor = amount.scaleb(places)
    step = _step(currency)
    if minor != minor.to_integral_value() or minor % step or minor <= 0:
        smallest = Decimal(step).scaleb(-places).normalize()
        raise ProviderRefused(reason=f"{amount:f} {currency} is no multiple of {smallest:f} above zero")
    return int(minor)


def from_minor(minor: int, *, currency: str) -> Decimal:
    """Return an amount of Stripe's in major units, at the places of its currency."""
    code = currency.upper()
    exact = Decimal(minor).scaleb(-_places(code))
    rounded = exact.quantize(Decimal(1).scaleb(-exponent(code)))
    return rounded if rounded == exact else exact


def _places(currency: str) -> int:
    if exponent(currency) == ASSET_EXPONENT:
        raise ProviderRefused(reason=f"{currency} is no currency whose smallest unit we know")
    return 2 if currency in WRITTEN_WITH_CENTS else exponent(currency)


def _step(currency: str) -> int:
    if currency in WRITTEN_WITH_CENTS:
        return 100
    return TENS if exponent(currency) == THREE_DECIMALS else 1
