"""Collect an unpaid invoice again: when its time has come, or when its payer wants to pay by hand."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, InvoiceStatus
from apps.payments.errors import InvoiceNotOpen, InvoiceUnknown, PaymentUnderWay
from apps.payments.models import Customer, Invoice, Payment
from apps.payments.selectors.payments import WITH_THE_PROVIDER
from apps.payments.services.checkouts import invoice_link
from apps.payments.services.collecting.charging import begin_payment
from apps.payments.services.collecting.closing import drop_open_invoices
from apps.payments.services.collecting.settling import LIVE
from apps.payments.services.locks import lock_customer
from apps.payments.services.sweeping import one_by_one

PATIENCE = timedelta(hours=1)
"""How long somebody who is paying by hand is not disturbed."""
LOOK_AGAIN_SECONDS = 5


def retry_due(at: datetime) -> int:
    """Try the unpaid renewals again whose time has come, drop the changes that nobody paid, and return how many."""
    due = Invoice.objects.filter(next_attempt_at__lte=at, status=InvoiceStatus.OPEN)
    return one_by_one(due, lambda customer, pk: _retry(customer, pk, at=at), go_on_with="payments.retry_due")


def pay_invoice(user_id: UUID, invoice_id: UUID, *, at: datetime) -> str:
    """Return a link on which a person pays an open invoice by hand, now. The same link while that payment lasts.

    Raises InvoiceUnknown, InvoiceNotOpen or PaymentUnderWay.
    """
    with transaction.atomic(using=DATABASE):
        invoice = _open_invoice(user_id, invoice_id)
        if invoice_link(invoice) is None:
            if Payment.objects.filter(invoice=invoice, status__in=LIVE).exists():
                raise PaymentUnderWay()
            begin_payment(invoice, at=at, method=None, off_session=False)
        link = invoice_link(invoice)
    if link is None:
        raise PaymentUnderWay()
    return link


def _open_invoice(user_id: UUID, invoice_id: UUID) -> Invoice:
    payer = Customer.objects.filter(user_id=user_id).first()
    if payer is None:
        raise InvoiceUnknown()
    lock_customer(payer.pk)
    invoice = Invoice.objects.select_for_update().filter(pk=invoice_id, customer=payer).first()
    if invoice is None or invoice.status == InvoiceStatus.DRAFT:
        raise InvoiceUnknown()
    if invoice.status != InvoiceStatus.OPEN:
        raise InvoiceNotOpen(status=invoice.status)
    return invoice


def _retry(customer: Customer, invoice_id: UUID, *, at: datetime) -> None:
    """Do what is due about an invoice, if it still is. The customer is locked."""
    invoice = Invoice.objects.select_for_update().select_related("subscription").get(pk=invoice_id)
    if invoice.status != InvoiceStatus.OPEN or invoice.next_attempt_at is None or invoice.next_attempt_at > at:
        return
    live = Payment.objects.filter(invoice=invoice, status__in=LIVE).first()
    if invoice.reason == BillingReason.SUBSCRIPTION_UPDATE:
        drop_open_invoices(invoice.subscription, at=at)
    elif live is not None:
        _wait_for(live, invoice, at=at)
    else:
        _charge_again(customer, invoice, at=at)


def _charge_again(customer: Customer, invoice: Invoice, *, at: datetime) -> None:
    invoice.next_attempt_at = None
    invoice.save(update_fields=["next_attempt_at"])
    method = customer.default_method
    if method is not None:
        begin_payment(invoice, at=at, method=method, off_session=True)


def _wait_for(live: Payment, invoice: Invoice, *, at: datetime) -> None:
    """An attempt is under way. One that waits for its payer gives way, unless they may be paying right now."""
    if live.status in WITH_THE_PROVIDER or (not live.off_session and at < live.created_at + PATIENCE):
        invoice.next_attempt_at = at + PATIENCE
        invoice.save(update_fields=["next_attempt_at"])
        return
    request("payments.abandon", str(live.pk), using=DATABASE)
    request("payments.retry_due", using=DATABASE, delay=LOOK_AGAIN_SECONDS)
