"""What webhooks show of an object: as it was at that moment, in the members that Stripe's have."""

from decimal import Decimal
from typing import Any

from apps.payments.adapters.sandbox.models import Intent, Payout, Refund
from apps.payments.adapters.sandbox.money import in_units


def body_of_intent(intent: Intent) -> dict[str, Any]:
    """Return a payment, or the setup of a card, as a webhook shows it."""
    shared = {
        "id": intent.pk,
        "livemode": False,
        "customer": intent.customer_id,
        "payment_method": intent.card_id,
        "status": intent.status,
        "metadata": intent.metadata,
    }
    error = {"code": "card_declined", "decline_code": intent.failure_code} if intent.failure_code else None
    if intent.amount is None:
        return {**shared, "object": "setup_intent", "last_setup_error": error}
    money = _money(intent.amount, intent.currency)
    return {**shared, **money, "object": "payment_intent", "last_payment_error": error}


def body_of_refund(refund: Refund) -> dict[str, Any]:
    """Return a refund as a webhook shows it."""
    return {
        "id": refund.pk,
        "object": "refund",
        **_money(refund.amount, refund.intent.currency),
        "payment_intent": refund.intent_id,
        "status": refund.status,
        "failure_reason": refund.failure_code or None,
        "metadata": refund.metadata,
    }


def body_of_payout(payout: Payout) -> dict[str, Any]:
    """Return a payout as a webhook shows it."""
    money = _money(payout.amount, payout.currency)
    return {"id": payout.pk, "object": "payout", "livemode": False, **money, "status": payout.status}


def _money(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"amount": in_units(amount, currency=currency), "currency": currency.lower()}
