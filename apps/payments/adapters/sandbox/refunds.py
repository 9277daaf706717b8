"""Give money of a payment back: never more than is left of it. Some cards get it later, some send it back."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from apps.kernel.outbox.recorder import request
from apps.payments.adapters.sandbox.bodies import body_of_refund
from apps.payments.adapters.sandbox.cards import TEST_CARDS, Returns
from apps.payments.adapters.sandbox.happenings import DATABASE, happened, new_id
from apps.payments.adapters.sandbox.models import Intent, Movement, Refund
from apps.payments.adapters.sandbox.money import placed
from apps.payments.errors import ProviderRefused
from apps.payments.ports import IntentStatus, MovementKind, RefundStatus

LATER_SECONDS = 5
SETTLING = "payments.settle_sandbox_refund"


def give_back(intent: Intent, amount: Decimal, *, currency: str, metadata: Mapping[str, str]) -> Refund:
    """Give an amount of a payment that is locked back. Raises ProviderRefused."""
    _refuse_more_than_is_left(intent, amount, currency)
    intent.refunded += amount
    intent.save(update_fields=["refunded"])
    returns = _returns(intent)
    status = RefundStatus.PENDING if returns == Returns.LATER else RefundStatus.SUCCEEDED
    refund = Refund.objects.create(
        id=new_id("re"), intent=intent, amount=amount, status=status, metadata=dict(metadata)
    )
    _move(refund, MovementKind.REFUND, -amount)
    happened("refund.created", body_of_refund(refund))
    if returns != Returns.AT_ONCE:
        request(SETTLING, refund.pk, using=DATABASE, delay=LATER_SECONDS)
    return refund


def settle_refund(refund_id: str) -> None:
    """Let a refund arrive, or come back from the card's bank, by the card's kind. Harmless when repeated."""
    with transaction.atomic(using=DATABASE):
        intent = Intent.objects.select_for_update().get(pk=Refund.objects.get(pk=refund_id).intent_id)
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        refund.intent = intent
        match _returns(intent), refund.status:
            case Returns.LATER, RefundStatus.PENDING:
                refund.status = RefundStatus.SUCCEEDED
            case Returns.NEVER, RefundStatus.SUCCEEDED:
                _come_back(refund)
            case _:
                return
        refund.save(update_fields=["status", "failure_code"])
        happened("refund.failed" if refund.failure_code else "refund.updated", body_of_refund(refund))


def _come_back(refund: Refund) -> None:
    refund.status, refund.failure_code = RefundStatus.FAILED, "lost_or_stolen_card"
    refund.intent.refunded -= refund.amount
    refund.intent.save(update_fields=["refunded"])
    _move(refund, MovementKind.REFUND_FAILURE, refund.amount)


def _refuse_more_than_is_left(intent: Intent, amount: Decimal, currency: str) -> None:
    if intent.status != IntentStatus.SUCCEEDED or intent.amount is None:
        raise ProviderRefused(reason=f"{intent.pk} was not paid")
    if currency != intent.currency:
        raise ProviderRefused(reason=f"{intent.pk} was paid in {intent.currency}")
    left = placed(intent.amount - intent.refunded, currency)
    if amount > left:
        raise ProviderRefused(reason=f"at most {left:f} {currency} of {intent.pk} are left to refund")


def _returns(intent: Intent) -> Returns:
    return TEST_CARDS[intent.card.behaviour].returns if intent.card else Returns.AT_ONCE


def _move(refund: Refund, kind: MovementKind, amount: Decimal) -> None:
    currency = refund.intent.currency
    Movement.objects.create(id=new_id("txn"), kind=kind, source_id=refund.pk, amount=amount, fee=0, currency=currency)
