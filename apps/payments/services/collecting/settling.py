"""Make what the provider says of a payment true here. Any snapshot may come late, twice or out of order."""

import hashlib
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from apps.contracts.events.payments import PaymentCompleted, PaymentFailed
from apps.kernel.outbox.recorder import record, request
from apps.payments.apps import DATABASE
from apps.payments.enums import InvoiceStatus, PaymentStatus
from apps.payments.errors import IntentDiffers
from apps.payments.models import Customer, Payment, PaymentMethod
from apps.payments.ports import IntentStatus, ProviderIntent, ProviderMethod
from apps.payments.selectors.payments import WITH_THE_PROVIDER
from apps.payments.services.books.bookkeeping import book_payment
from apps.payments.services.clock import billing_now
from apps.payments.services.collecting.dunning import note_failure
from apps.payments.services.collecting.paying import settle_invoice
from apps.payments.services.locks import lock_customer
from apps.payments.services.refunds.refunding import refund_unexpected

log = structlog.get_logger(__name__)

OVER = (PaymentStatus.FAILED, PaymentStatus.CANCELED)
LIVE = (*WITH_THE_PROVIDER, PaymentStatus.REQUIRES_PAYMENT_METHOD, PaymentStatus.REQUIRES_ACTION)


def apply_intent(intent: ProviderIntent) -> bool:
    """Bring the payment of an intent to where the provider has it, with all that follows. Harmless when repeated.

    Return False for an intent that is none of ours. Raises IntentDiffers when it is for another amount.
    """
    known = _payment_of(intent)
    if known is None:
        log.warning("payment.unknown_intent", intent_id=intent.id)
        return False
    with transaction.atomic(using=DATABASE):
        customer = lock_customer(known.customer_id)
        payment = Payment.objects.select_for_update().get(pk=known.pk)
        if payment.status != PaymentStatus.SUCCEEDED and _is_the_one(payment, intent):
            payment.intent_id = intent.id
            _follow(payment, intent, customer=customer, at=billing_now())
    return True


def remember_method(customer: Customer, method: ProviderMethod, *, as_default: bool) -> PaymentMethod:
    """Keep a card that the provider keeps for a customer. It becomes the default when asked for, or when none is."""
    kept, _ = PaymentMethod.objects.update_or_create(
        provider_method_id=method.id,
        defaults={
            "customer_id": customer.pk,
            "brand": method.brand,
            "last4": method.last4,
            "exp_month": method.exp_month,
            "exp_year": method.exp_year,
            "fingerprint": hashlib.sha256(method.fingerprint.encode()).hexdigest(),
        },
    )
    if kept.detached_at is None and (as_default or customer.default_method_id is None):
        customer.default_method = kept
        customer.save(update_fields=["default_method"])
    return kept


def _payment_of(intent: ProviderIntent) -> Payment | None:
    ours = Q(intent_id=intent.id)
    with suppress(ValueError):
        ours |= Q(pk=UUID(intent.metadata.get("payment_id", "")), intent_id=None)
    return Payment.objects.filter(ours).first()


def _is_the_one(payment: Payment, intent: ProviderIntent) -> bool:
    """Tell whether a payment can be this intent. Raises IntentDiffers when its amount or currency cannot."""
    if (payment.amount, payment.currency) != (intent.amount, intent.currency):
        raise IntentDiffers(
            intent=intent.id,
            theirs=f"{intent.amount:f} {intent.currency}",
            ours=f"{payment.amount:f} {payment.currency}",
        )
    return payment.intent_id in (None, intent.id)


def _follow(payment: Payment, intent: ProviderIntent, *, customer: Customer, at: datetime) -> None:
    if intent.status == IntentStatus.SUCCEEDED:
        _succeed(payment, intent, customer=customer, at=at)
    elif payment.status in OVER:
        _end_what_is_left(payment, intent)
    elif intent.status == IntentStatus.CANCELED:
        _end(payment, PaymentStatus.CANCELED, at=at)
    elif intent.status == IntentStatus.REQUIRES_PAYMENT_METHOD and (payment.off_session or not intent.page_url):
        payment.failure_code = intent.failure_code or "declined"
        _end(payment, PaymentStatus.FAILED, at=at)
        note_failure(payment, at=at)
    else:
        _wait(payment, intent, at=at)


def _succeed(payment: Payment, intent: ProviderIntent, *, customer: Customer, at: datetime) -> None:
    if intent.method is not None:
        payment.method = remember_method(customer, intent.method, as_default=not payment.off_session)
    payment.fee = intent.fee or payment.fee
    payment.failure_code = ""
    _end(payment, PaymentStatus.SUCCEEDED, at=at)
    book_payment(payment)
    record(
        PaymentCompleted(
            payment_id=payment.pk,
            invoice_id=payment.invoice_id,
            invoice_number=str(payment.invoice),
            user_id=customer.user_id,
            amount=payment.amount,
            currency=payment.currency,
            completed_at=at,
        ),
        using=DATABASE,
    )
    if payment.invoice.status == InvoiceStatus.OPEN:
        settle_invoice(payment.invoice, at=at)
        _abandon_others(payment)
    else:
        refund_unexpected(payment, at=at)


def _abandon_others(payment: Payment) -> None:
    """An attempt that we had given up was paid after all: the one after it is not needed."""
    for other in Payment.objects.filter(invoice_id=payment.invoice_id, status__in=LIVE).exclude(pk=payment.pk):
        request("payments.abandon", str(other.pk), using=DATABASE)


def _end(payment: Payment, status: PaymentStatus, *, at: datetime) -> None:
    payment.status, payment.settled_at, payment.page_url = status, at, ""
    payment.save()


def _end_what_is_left(payment: Payment, intent: ProviderIntent) -> None:
    """We have given this payment up; the provider still waits for its payer, and is told not to."""
    payment.save(update_fields=["intent_id"])
    if intent.status != IntentStatus.CANCELED and payment.status == PaymentStatus.CANCELED:
        request("payments.abandon", str(payment.pk), using=DATABASE)


def _wait(payment: Payment, intent: ProviderIntent, *, at: datetime) -> None:
    """The payer, their bank or the provider is at work."""
    newly_declined = intent.failure_code and intent.failure_code != payment.failure_code
    newly_asked = payment.status != PaymentStatus.REQUIRES_ACTION and intent.status == IntentStatus.REQUIRES_ACTION
    payment.status = PaymentStatus(intent.status.value)
    payment.page_url, payment.failure_code = intent.page_url or "", intent.failure_code or ""
    payment.save()
    if payment.off_session and newly_asked:
        note_failure(payment, at=at)
    elif newly_declined:
        _tell_declined(payment, at=at)


def _tell_declined(payment: Payment, *, at: datetime) -> None:
    """A card was declined on the page; its owner may try another one there."""
    record(
        PaymentFailed(
            payment_id=payment.pk,
            invoice_id=payment.invoice_id,
            invoice_number=str(payment.invoice),
            user_id=payment.customer.user_id,
            amount=payment.amount,
            currency=payment.currency,
            attempt=payment.attempt,
            reason=payment.failure_code,
            next_attempt_at=None,
            failed_at=at,
        ),
        using=DATABASE,
    )
