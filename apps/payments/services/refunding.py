"""Give money back: asked for by staff, above a limit with a second one's consent, or by rule.

Like a payment, a refund is stored first; a task takes it to the provider, and what that says is applied.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.contracts.events.payments import PaymentRefunded
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record, request
from apps.payments.apps import DATABASE
from apps.payments.enums import RefundReason, RefundStatus
from apps.payments.errors import ProviderAmbiguous
from apps.payments.models import Payment, Refund
from apps.payments.ports import ProviderRefund
from apps.payments.ports import RefundStatus as Theirs
from apps.payments.provider import the_provider
from apps.payments.services.bookkeeping import book_refund, book_refund_failure
from apps.payments.services.clock import billing_now
from apps.payments.services.locks import lock_customer


def refund_unexpected(payment: Payment, *, at: datetime) -> Refund:
    """Give a payment back whose invoice is over: nothing stands against it. The customer is locked by the caller."""
    refund = Refund.objects.create(
        payment=payment,
        amount=payment.amount,
        currency=payment.currency,
        reason=RefundReason.NOT_EXPECTED,
        status=RefundStatus.PENDING,
        created_at=at,
    )
    request("payments.ask_refund", str(refund.pk), using=DATABASE)
    return refund


def ask_refund(refund_id: UUID) -> None:
    """Make sure that the provider gives a refund, and apply how far it is. Harmless when repeated."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status not in (RefundStatus.PENDING, RefundStatus.UNRESOLVED):
        return
    try:
        apply_refund(_refund_of(refund))
    except ProviderAmbiguous:
        Refund.objects.filter(pk=refund_id, status=RefundStatus.PENDING).update(status=RefundStatus.UNRESOLVED)


def apply_refund(theirs: ProviderRefund) -> bool:
    """Bring a refund to where the provider has it. Return False for one that is none of ours."""
    ours = Q(provider_refund_id=theirs.id)
    told = theirs.metadata.get("refund_id")
    known = Refund.objects.filter(ours | Q(pk=told) if told else ours).select_related("payment").first()
    if known is None:
        return False
    with transaction.atomic(using=DATABASE):
        lock_customer(known.payment.customer_id)
        refund = Refund.objects.select_for_update().get(pk=known.pk)
        _follow(refund, theirs, at=billing_now())
    return True


def resolve_refunds() -> int:
    """Ask again for refunds whose end we do not know."""
    left = Refund.objects.filter(status__in=[RefundStatus.PENDING, RefundStatus.UNRESOLVED])
    with transaction.atomic(using=DATABASE):
        ids = list(left.values_list("pk", flat=True)[:500])
        for refund_id in ids:
            request("payments.ask_refund", str(refund_id), using=DATABASE)
    return len(ids)


def _refund_of(refund: Refund) -> ProviderRefund:
    provider, intent_id = the_provider(), refund.payment.intent_id or ""
    if refund.provider_refund_id:
        return provider.refund(refund.provider_refund_id)
    if refund.asked_at is not None:
        found = provider.find_refund(refund.pk, intent_id=intent_id)
        if found is not None:
            return found
    Refund.objects.filter(pk=refund.pk).update(asked_at=now())
    return provider.create_refund(
        key=f"refund:{refund.pk}",
        refund_id=refund.pk,
        intent_id=intent_id,
        amount=refund.amount,
        currency=refund.currency,
    )


def _follow(refund: Refund, theirs: ProviderRefund, *, at: datetime) -> None:
    refund.provider_refund_id = theirs.id
    if theirs.status == Theirs.SUCCEEDED and refund.status != RefundStatus.SUCCEEDED:
        refund.status, refund.settled_at = RefundStatus.SUCCEEDED, at
        refund.save()
        book_refund(refund)
        payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
        payment.refunded += refund.amount
        payment.save(update_fields=["refunded"])
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
    elif theirs.status in (Theirs.FAILED, Theirs.CANCELED):
        was_booked = refund.status == RefundStatus.SUCCEEDED
        refund.status = RefundStatus(theirs.status.value)
        refund.save()
        if was_booked:
            book_refund_failure(refund, at=at)
    else:
        refund.save()
