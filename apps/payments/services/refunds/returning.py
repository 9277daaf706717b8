"""Take refunds to the provider, outside of any transaction, and make true here what it says of them.

Each is asked for under a key of its own; one whose answer was lost is looked for before it is asked for again.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from apps.contracts.events.payments import PaymentRefunded
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record, request
from apps.payments.apps import DATABASE
from apps.payments.enums import RefundReason, RefundStatus
from apps.payments.errors import IntentDiffers, ProviderAmbiguous, ProviderRefused
from apps.payments.models import Payment, Refund
from apps.payments.ports import ProviderRefund
from apps.payments.ports import RefundStatus as Theirs
from apps.payments.provider import the_provider
from apps.payments.services.books.bookkeeping import book_refund, book_refund_failure
from apps.payments.services.clock import billing_now
from apps.payments.services.invoices.crediting import issue_credit_note, withdraw_credit_note
from apps.payments.services.locks import lock_customer

log = structlog.get_logger(__name__)

OPEN = (RefundStatus.PENDING, RefundStatus.UNRESOLVED)
PATIENCE = timedelta(minutes=1)
REFUNDS_PER_SWEEP = 500


def ask_refund(refund_id: UUID) -> None:
    """Make sure that the provider gives a refund, and apply how far it is. Harmless when repeated.

    An answer that was lost leaves the refund `unresolved`, to be asked for by `resolve_refunds`. Raises
    ProviderUnavailable.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status not in OPEN:
        return
    try:
        apply_refund(_refund_of(refund))
    except ProviderAmbiguous:
        log.warning("refund.unresolved", refund_id=str(refund_id))
        Refund.objects.filter(pk=refund_id, status=RefundStatus.PENDING).update(status=RefundStatus.UNRESOLVED)
    except ProviderRefused as refusal:
        log.error("refund.refused_by_provider", refund_id=str(refund_id), reason=str(refusal))
        Refund.objects.filter(pk=refund_id, status__in=OPEN).update(
            status=RefundStatus.FAILED, failure_code="refused_by_provider", settled_at=billing_now()
        )


def resolve_refunds() -> int:
    """Ask for the refunds whose end we do not know and that nobody has asked for in the last minute."""
    silent = Q(asked_at=None) | Q(asked_at__lt=now() - PATIENCE)
    left = Refund.objects.filter(silent, status__in=OPEN).order_by("asked_at")
    with transaction.atomic(using=DATABASE):
        ids = list(left.values_list("pk", flat=True)[:REFUNDS_PER_SWEEP])
        for refund_id in ids:
            request("payments.ask_refund", str(refund_id), using=DATABASE)
    return len(ids)


def apply_refund(theirs: ProviderRefund) -> bool:
    """Bring a refund to where the provider has it, with all that follows. Harmless when repeated.

    Return False for one that is none of ours. Raises IntentDiffers when it is for another amount.
    """
    known = _ours(theirs)
    if known is None:
        log.warning("refund.unknown", provider_refund_id=theirs.id)
        return False
    if (known.amount, known.currency) != (theirs.amount, theirs.currency):
        raise IntentDiffers(
            intent=theirs.id, theirs=f"{theirs.amount:f} {theirs.currency}", ours=f"{known.amount:f} {known.currency}"
        )
    with transaction.atomic(using=DATABASE):
        lock_customer(known.payment.customer_id)
        payment = Payment.objects.select_for_update(of=("self",)).select_related("invoice", "customer")
        refund = Refund.objects.select_for_update(of=("self",)).select_related("credit_note__invoice")
        _follow(refund.get(pk=known.pk), theirs, payment=payment.get(pk=known.payment_id), at=billing_now())
    return True


def _refund_of(refund: Refund) -> ProviderRefund:
    provider, intent_id = the_provider(), refund.payment.intent_id or ""
    was_asked = refund.asked_at is not None
    Refund.objects.filter(pk=refund.pk).update(asked_at=now())
    if refund.provider_refund_id:
        return provider.refund(refund.provider_refund_id)
    found = provider.find_refund(refund.pk, intent_id=intent_id) if was_asked else None
    return found or provider.create_refund(
        key=f"refund:{refund.pk}",
        refund_id=refund.pk,
        intent_id=intent_id,
        amount=refund.amount,
        currency=refund.currency,
    )


def _ours(theirs: ProviderRefund) -> Refund | None:
    ours = Q(provider_refund_id=theirs.id)
    with suppress(ValueError):
        ours |= Q(pk=UUID(theirs.metadata.get("refund_id", "")), provider_refund_id=None)
    return Refund.objects.filter(ours).select_related("payment").first()


def _follow(refund: Refund, theirs: ProviderRefund, *, payment: Payment, at: datetime) -> None:
    """Snapshots move forward only: what has failed stays so, and what has succeeded can only fail."""
    refund.payment = payment
    if theirs.status in (Theirs.FAILED, Theirs.CANCELED):
        if refund.status in (*OPEN, RefundStatus.SUCCEEDED):
            _fail(refund, theirs, at=at)
    elif refund.status in OPEN:
        refund.provider_refund_id = theirs.id
        if theirs.status == Theirs.SUCCEEDED:
            _succeed(refund, at=at)
        else:
            refund.status = RefundStatus.PENDING
            refund.save(update_fields=["provider_refund_id", "status"])


def _succeed(refund: Refund, *, at: datetime) -> None:
    payment = refund.payment
    payment.refunded += refund.amount
    payment.save(update_fields=["refunded"])
    if not _is_unexpected(payment):
        refund.credit_note = issue_credit_note(payment.invoice, amount=refund.amount, reason=refund.reason, at=at)
    refund.status, refund.settled_at = RefundStatus.SUCCEEDED, at
    refund.save()
    book_refund(refund)
    record(
        PaymentRefunded(
            refund_id=refund.pk,
            payment_id=payment.pk,
            user_id=payment.customer.user_id,
            amount=refund.amount,
            currency=refund.currency,
            refunded_at=at,
        ),
        using=DATABASE,
    )


def _is_unexpected(payment: Payment) -> bool:
    """Tell whether a payment came for something that was over: it paid no invoice, so none is credited."""
    return Refund.objects.filter(payment=payment, reason=RefundReason.NOT_EXPECTED).exists()


def _fail(refund: Refund, theirs: ProviderRefund, *, at: datetime) -> None:
    """Take back what was booked, if it was: banks return money up to a month later."""
    if refund.status == RefundStatus.SUCCEEDED:
        refund.payment.refunded -= refund.amount
        refund.payment.save(update_fields=["refunded"])
        if refund.credit_note is not None:
            withdraw_credit_note(refund.credit_note)
        book_refund_failure(refund, at=at)
    refund.provider_refund_id, refund.failure_code = theirs.id, theirs.failure_code or ""
    refund.status, refund.settled_at = RefundStatus(theirs.status.value), at
    refund.save()
