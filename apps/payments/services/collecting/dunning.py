"""What follows from a payment that failed: a renewal is tried again for as long as its grace lasts.

A change that cannot be paid is dropped, and a first payment leaves its subscription waiting for another try.
"""

from datetime import datetime

from django.db.models import Q

from apps.contracts.events.payments import PaymentActionRequired, PaymentFailed
from apps.kernel.outbox.recorder import record, request
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, InvoiceStatus, PaymentStatus, SubscriptionStatus
from apps.payments.models import Customer, Invoice, Payment, Subscription
from apps.payments.rules.dunning import grace_ends_at, next_attempt_at
from apps.payments.services.invoices.invoicing import void_invoice
from apps.payments.services.standing import transition

UNPAID_RENEWAL = Q(reason=BillingReason.SUBSCRIPTION_CYCLE, status=InvoiceStatus.OPEN)


def note_failure(payment: Payment, *, at: datetime) -> None:
    """Do what follows from an attempt that failed, or that waits for a payer who is not there.

    Called once for each such turn of a payment, in the transaction that stores it, with the customer locked.
    """
    invoice = Invoice.objects.select_for_update().get(pk=payment.invoice_id)
    if invoice.status != InvoiceStatus.OPEN:
        return
    if invoice.reason == BillingReason.SUBSCRIPTION_CYCLE:
        _plan_another(invoice, payment, at=at)
    elif invoice.reason == BillingReason.SUBSCRIPTION_UPDATE and payment.status == PaymentStatus.FAILED:
        void_invoice(invoice, at=at)
    _tell(payment, invoice, at=at)


def miss_payer(payment: Payment, *, at: datetime) -> None:
    """A renewal found no card to charge: its payer is told and pays on a page. The customer is locked already."""
    _fall_behind(payment.invoice, at=at)
    record(_action_required(payment, payment.invoice, at=at), using=DATABASE)


def try_again_now(customer: Customer, *, at: datetime) -> None:
    """A customer has a new card: what is unpaid is tried with it at once. The customer is locked by the caller."""
    unpaid = Invoice.objects.filter(UNPAID_RENEWAL, customer=customer)
    if unpaid.update(next_attempt_at=at):
        request("payments.retry_due", using=DATABASE)


def _plan_another(invoice: Invoice, payment: Payment, *, at: datetime) -> None:
    """Plan the next attempt, unless the payer has to act or the grace is over before it."""
    since = _fall_behind(invoice, at=at)
    invoice.attempts = Payment.objects.filter(invoice=invoice, off_session=True).count()
    planned = next_attempt_at(invoice.attempts, failed_at=at) if payment.status == PaymentStatus.FAILED else None
    invoice.next_attempt_at = planned if planned and planned < grace_ends_at(since) else None
    invoice.save(update_fields=["attempts", "next_attempt_at"])


def _fall_behind(invoice: Invoice, *, at: datetime) -> datetime:
    """Make the subscription of an unpaid renewal past due, and return since when it is."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("customer", "price__plan")
        .get(pk=invoice.subscription_id)
    )
    if subscription.status == SubscriptionStatus.ACTIVE:
        subscription.past_due_since = at
        subscription.next_action_at = grace_ends_at(at)
        transition(subscription, to=SubscriptionStatus.PAST_DUE, because="payment_failed", at=at)
    return subscription.past_due_since or at


def _tell(payment: Payment, invoice: Invoice, *, at: datetime) -> None:
    if payment.status == PaymentStatus.REQUIRES_ACTION:
        record(_action_required(payment, invoice, at=at), using=DATABASE)
        return
    failed = PaymentFailed(
        payment_id=payment.pk,
        invoice_id=invoice.pk,
        invoice_number=str(invoice),
        user_id=payment.customer.user_id,
        amount=payment.amount,
        currency=payment.currency,
        attempt=payment.attempt,
        reason=payment.failure_code,
        next_attempt_at=invoice.next_attempt_at,
        failed_at=at,
    )
    record(failed, using=DATABASE)


def _action_required(payment: Payment, invoice: Invoice, *, at: datetime) -> PaymentActionRequired:
    return PaymentActionRequired(
        payment_id=payment.pk,
        invoice_id=invoice.pk,
        invoice_number=str(invoice),
        user_id=payment.customer.user_id,
        amount=payment.amount,
        currency=payment.currency,
        required_at=at,
    )
