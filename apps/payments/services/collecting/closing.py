"""Close the open invoices of a subscription that nobody shall pay any more."""

from datetime import datetime

from django.db.models import Q

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, InvoiceStatus
from apps.payments.models import Invoice, Payment, Subscription
from apps.payments.services.books.bookkeeping import book_uncollectible
from apps.payments.services.collecting.settling import LIVE
from apps.payments.services.invoices.invoicing import void_invoice

CHANGES = Q(reason=BillingReason.SUBSCRIPTION_UPDATE)
ALL = Q()


def drop_open_invoices(subscription: Subscription, *, at: datetime, which: Q = ALL) -> None:
    """Void the open invoices of a subscription and give their payments up. The customer is locked by the caller.

    The provider is told later; a payment that is faster than that is refunded.
    """
    for invoice in _given_up(subscription, which):
        void_invoice(invoice, at=at)


def write_off_open_invoices(subscription: Subscription, *, at: datetime) -> None:
    """Count the open invoices of a subscription as lost, and give their payments up, as above."""
    for invoice in _given_up(subscription, ALL):
        invoice.status, invoice.next_attempt_at = InvoiceStatus.UNCOLLECTIBLE, None
        invoice.save(update_fields=["status", "next_attempt_at"])
        book_uncollectible(invoice, at=at)


def _given_up(subscription: Subscription, which: Q) -> list[Invoice]:
    invoices = Invoice.objects.filter(which, subscription=subscription, status=InvoiceStatus.OPEN)
    found = list(invoices.select_for_update().order_by("number"))
    for payment in Payment.objects.filter(invoice__in=found, status__in=LIVE):
        request("payments.abandon", str(payment.pk), using=DATABASE)
    return found
