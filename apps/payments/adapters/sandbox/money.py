"""Amounts as the sandbox takes them, and what a charge costs the merchant."""

from decimal import ROUND_HALF_EVEN, Decimal

from django.conf import settings

from apps.kernel.money import ISO_4217_EXPONENTS, exponent
from apps.payments.errors import ProviderRefused

HIGHEST_UNITS = 99_999_999
"""The largest amount of a charge, in the smallest unit: Stripe's."""


def checked(amount: Decimal, *, currency: str) -> Decimal:
    """Return an amount with the places of its currency. Raises ProviderRefused for what cannot be paid in it."""
    if currency not in ISO_4217_EXPONENTS:
        raise ProviderRefused(reason=f"{currency} is no currency here")
    if not amount.is_finite() or amount <= 0:
        raise ProviderRefused(reason="the amount must be more than zero")
    if amount > HIGHEST_UNITS * _unit(currency):
        raise ProviderRefused(reason=f"the amount is more than {placed(HIGHEST_UNITS * _unit(currency), currency):f}")
    if amount % _unit(currency):
        raise ProviderRefused(reason=f"{currency} has {exponent(currency)} decimal places")
    return placed(amount, currency)


def placed(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with the places of its currency."""
    return amount.quantize(_unit(currency))


def in_units(amount: Decimal, *, currency: str) -> int:
    """Return an amount in the smallest unit of its currency."""
    return int(amount / _unit(currency))


def fee_of(amount: Decimal, *, currency: str) -> Decimal:
    """Return the fee of a charge: a share and a fixed part, half-even, never more than the amount."""
    fee: Decimal = amount * settings.TREUM_SANDBOX_FEE_PERCENT / 100 + settings.TREUM_SANDBOX_FEE_FIXED
    return min(amount, fee.quantize(_unit(currency), rounding=ROUND_HALF_EVEN))


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-exponent(currency))
