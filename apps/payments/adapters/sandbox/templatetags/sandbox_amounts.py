"""Amounts as payers read them."""

from django import template

from apps.kernel.money import exponent
from apps.payments.adapters.sandbox.models import Intent

register = template.Library()


@register.filter
def amount(intent: Intent) -> str:
    """Return the amount of an intent with the places of its currency."""
    return f"{intent.amount:,.{exponent(intent.currency)}f} {intent.currency}"
