"""Begin to collect what an invoice asks for. Only rows are written here; the provider is asked by asking.py, later."""

from datetime import datetime

from django.db.models import Max

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.models import Invoice, Payment, PaymentMethod
from apps.payments.provider import the_provider
from apps.payments.services.collecting.paying import settle_invoice


def collect(invoice: Invoice, *, at: datetime, method: PaymentMethod | None, off_session: bool) -> Payment | None:
    """Begin to collect an open invoice and return the attempt, or settle it at once when nothing is due.

    Without a `method` the payer chooses a card on a page. The customer is locked by the caller.
    """
    if not invoice.amount_due:
        settle_invoice(invoice, at=at)
        return None
    return begin_payment(invoice, at=at, method=method, off_session=off_session)


def begin_payment(invoice: Invoice, *, at: datetime, method: PaymentMethod | None, off_session: bool) -> Payment:
    """Store the next attempt to collect an invoice, and ask for the task that takes it to the provider.

    An invoice has one live attempt: abandon the one before it first. The customer is locked by the caller.
    """
    last = Payment.objects.filter(invoice=invoice).aggregate(last=Max("attempt"))["last"] or 0
    payment = Payment.objects.create(
        customer_id=invoice.customer_id,
        invoice=invoice,
        attempt=last + 1,
        provider=the_provider().name,
        method=method,
        off_session=off_session,
        amount=invoice.amount_due,
        currency=invoice.currency,
        created_at=at,
    )
    request("payments.ask_provider", str(payment.pk), using=DATABASE)
    return payment
