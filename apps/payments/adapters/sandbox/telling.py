"""What the sandbox's rows look like from outside."""

from django.conf import settings

from apps.payments.adapters.sandbox.charges import OVER
from apps.payments.adapters.sandbox.models import Card, Intent, Movement, Payout, Refund
from apps.payments.adapters.sandbox.money import placed
from apps.payments.ports import (
    IntentStatus,
    MovementKind,
    ProviderIntent,
    ProviderMethod,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderSetup,
    RefundStatus,
)


def as_intent(intent: Intent) -> ProviderIntent:
    """Return a payment."""
    assert intent.amount is not None
    return ProviderIntent(
        id=intent.pk,
        status=IntentStatus(intent.status),
        amount=placed(intent.amount, intent.currency),
        currency=intent.currency,
        amount_refunded=placed(intent.refunded, intent.currency),
        created_at=intent.created_at,
        customer_id=intent.customer_id,
        method=as_method(intent.card),
        fee=None if intent.fee is None else placed(intent.fee, intent.currency),
        failure_code=intent.failure_code or None,
        page_url=page_url(intent),
        metadata=intent.metadata,
    )


def as_setup(intent: Intent) -> ProviderSetup:
    """Return the setup of a card."""
    return ProviderSetup(
        id=intent.pk,
        status=IntentStatus(intent.status),
        created_at=intent.created_at,
        customer_id=intent.customer_id,
        method=as_method(intent.card),
        failure_code=intent.failure_code or None,
        page_url=page_url(intent),
        metadata=intent.metadata,
    )


def as_method(card: Card | None) -> ProviderMethod | None:
    """Return a card."""
    if card is None:
        return None
    return ProviderMethod(
        id=card.pk,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        fingerprint=card.fingerprint,
    )


def as_refund(refund: Refund) -> ProviderRefund:
    """Return a refund."""
    return ProviderRefund(
        id=refund.pk,
        intent_id=refund.intent_id,
        status=RefundStatus(refund.status),
        amount=placed(refund.amount, refund.intent.currency),
        currency=refund.intent.currency,
        created_at=refund.created_at,
        failure_code=refund.failure_code or None,
        metadata=refund.metadata,
    )


def as_payout(payout: Payout) -> ProviderPayout:
    """Return a payout."""
    return ProviderPayout(
        id=payout.pk,
        amount=placed(payout.amount, payout.currency),
        currency=payout.currency,
        status=payout.status,
        created_at=payout.created_at,
    )


def as_movement(move: Movement) -> ProviderMovement:
    """Return a line of the merchant's balance."""
    return ProviderMovement(
        id=move.pk,
        kind=MovementKind(move.kind),
        source_id=move.source_id,
        amount=placed(move.amount, move.currency),
        fee=placed(move.fee, move.currency),
        currency=move.currency,
        created_at=move.created_at,
    )


def page_url(intent: Intent) -> str | None:
    """Return where the payer goes, as long as there is something to do there."""
    if intent.status in OVER or (intent.off_session and intent.status != IntentStatus.REQUIRES_ACTION):
        return None
    return f"{settings.TREUM_PUBLIC_URL}/sandbox/checkout/{intent.token}"
