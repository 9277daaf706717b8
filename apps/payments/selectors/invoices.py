"""Invoices, and how they were paid."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from apps.payments.enums import InvoiceStatus
from apps.payments.models import CreditNote, Invoice, InvoiceLine, Payment
from apps.payments.selectors.paid import standing_notes


def invoices() -> QuerySet[Invoice]:
    """Return finalised invoices with their lines and credit notes, without whom they are written to."""
    lines = Prefetch("lines", InvoiceLine.objects.order_by("pk"))
    notes = Prefetch("credit_notes", standing_notes().order_by("number"))
    return Invoice.objects.exclude(status=InvoiceStatus.DRAFT).prefetch_related(lines, notes).defer("bill_to")


def printable_invoice(invoice_id: UUID) -> Invoice:
    """Return an invoice with all that stands on it, whom it is written to included."""
    return invoices().defer(None).get(pk=invoice_id)


def printable_note(invoice_id: UUID, number: str) -> CreditNote | None:
    """Return a credit note of an invoice with all that stands on it; none whose money never arrived."""
    invoice = printable_invoice(invoice_id)
    note = next((note for note in invoice.credit_notes.all() if str(note) == number), None)
    if note is not None:
        note.invoice = invoice
    return note


def payments() -> QuerySet[Payment]:
    """Return attempts to collect money, with the card and the invoice's number."""
    return Payment.objects.select_related("method", "invoice").defer("invoice__bill_to")
