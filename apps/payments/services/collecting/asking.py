"""Talk to the provider about payments, outside of any transaction. What it answers is applied by settling.py.

Each payment was stored before, and is asked for under a key of its own: whoever finds one whose answer was lost looks
for it at the provider first.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import PaymentStatus
from apps.payments.errors import PayerUnknown, ProviderAmbiguous, ProviderRefused
from apps.payments.models import Customer, Payment
from apps.payments.ports import ProviderIntent
from apps.payments.provider import the_people, the_provider
from apps.payments.selectors.payments import WITH_THE_PROVIDER
from apps.payments.services.clock import billing_now
from apps.payments.services.collecting.dunning import note_failure
from apps.payments.services.collecting.settling import LIVE, apply_intent
from apps.payments.services.locks import lock_customer

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=1)
PAYMENTS_PER_SWEEP = 500


def ask_provider(payment_id: UUID) -> Payment:
    """Make sure that the provider collects a payment, apply how far it is, and return the payment.

    Harmless when repeated. An answer that was lost leaves the payment `unresolved`, to be asked for by
    `resolve_payments`. Raises ProviderUnavailable.
    """
    payment = Payment.objects.select_related("customer", "invoice", "method").get(pk=payment_id)
    if payment.status not in LIVE:
        return payment
    try:
        apply_intent(_intent_of(payment))
    except ProviderAmbiguous:
        log.warning("payment.unresolved", payment_id=str(payment_id))
        Payment.objects.filter(pk=payment_id, status=PaymentStatus.PENDING).update(status=PaymentStatus.UNRESOLVED)
    except ProviderRefused as refusal:
        log.error("payment.refused_by_provider", payment_id=str(payment_id), reason=str(refusal))
        _give_up(payment)
    return Payment.objects.get(pk=payment_id)


def resolve_payments() -> int:
    """Ask for the payments whose end we do not know and that nobody has asked for in the last minute."""
    silent = Q(asked_at=None) | Q(asked_at__lt=now() - PATIENCE)
    left = Payment.objects.filter(silent, status__in=WITH_THE_PROVIDER).order_by("asked_at")
    with transaction.atomic(using=DATABASE):
        ids = list(left.values_list("pk", flat=True)[:PAYMENTS_PER_SWEEP])
        for payment_id in ids:
            request("payments.ask_provider", str(payment_id), using=DATABASE)
    return len(ids)


def abandon_payment(payment_id: UUID) -> Payment:
    """Cancel a payment here and at the provider, and return it: succeeded, when it was too late for that."""
    payment = Payment.objects.select_related("customer").get(pk=payment_id)
    if payment.status == PaymentStatus.SUCCEEDED:
        return payment
    provider = the_provider()
    intent_id = payment.intent_id or _lost_intent_id(payment)
    if intent_id is None:
        _cancel_here(payment)
    else:
        apply_intent(provider.cancel_intent(intent_id, key=f"cancel:{payment.pk}"))
    return Payment.objects.get(pk=payment_id)


def provider_customer(customer: Customer) -> str:
    """Return the provider's id of a customer, who is made known to it when they are not. Raises PayerUnknown."""
    provider = the_provider()
    if customer.provider_customer_id and customer.provider == provider.name:
        return customer.provider_customer_id
    contact = the_people().contact(customer.user_id)
    if contact is None:
        raise PayerUnknown(customer=customer.pk)
    found = provider.find_customer(customer.pk) or provider.create_customer(
        key=f"customer:{customer.pk}", customer_id=customer.pk, email=contact.email
    )
    Customer.objects.filter(pk=customer.pk).update(provider=provider.name, provider_customer_id=found)
    return found


def _intent_of(payment: Payment) -> ProviderIntent:
    provider = the_provider()
    if payment.intent_id:
        return provider.intent(payment.intent_id)
    payer = provider_customer(payment.customer)
    if payment.asked_at is not None:
        found = provider.find_intent(payment.pk, customer_id=payer)
        if found is not None:
            return found
    Payment.objects.filter(pk=payment.pk).update(asked_at=now())
    return provider.create_intent(
        key=f"payment:{payment.pk}",
        payment_id=payment.pk,
        customer_id=payer,
        amount=payment.amount,
        currency=payment.currency,
        description=f"{settings.TREUM_PAYMENTS_SELLER} {payment.invoice}",
        return_url=f"{settings.TREUM_FRONTEND_URL}/billing?payment={payment.pk}",
        method_id=payment.method.provider_method_id if payment.method else None,
        off_session=payment.off_session,
    )


def _lost_intent_id(payment: Payment) -> str | None:
    """Return the intent of a payment that was asked for without an answer, if there is one."""
    if payment.asked_at is None or not payment.customer.provider_customer_id:
        return None
    found = the_provider().find_intent(payment.pk, customer_id=payment.customer.provider_customer_id)
    return found.id if found else None


def _cancel_here(payment: Payment) -> None:
    with transaction.atomic(using=DATABASE):
        lock_customer(payment.customer_id)
        Payment.objects.filter(pk=payment.pk, status__in=LIVE).update(
            status=PaymentStatus.CANCELED, settled_at=billing_now(), page_url=""
        )


def _give_up(payment: Payment) -> None:
    """The provider will not have this payment at all: it counts as failed."""
    with transaction.atomic(using=DATABASE):
        lock_customer(payment.customer_id)
        fresh = Payment.objects.select_for_update().get(pk=payment.pk)
        if fresh.status in LIVE:
            fresh.status, fresh.settled_at = PaymentStatus.FAILED, billing_now()
            fresh.failure_code = "refused_by_provider"
            fresh.save()
            note_failure(fresh, at=billing_now())
