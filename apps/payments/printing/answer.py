"""Invoices and credit notes as the answer to a request."""

from django.http import HttpResponse

from apps.payments.models import CreditNote, Invoice
from apps.payments.printing.credit_note import credit_note_pdf
from apps.payments.printing.invoice import invoice_pdf

PDF_TYPE = "application/pdf"


def printed(invoice: Invoice) -> HttpResponse:
    """Return an invoice as a file to save, which nobody on the way keeps."""
    return _file(str(invoice), invoice_pdf(invoice))


def printed_note(note: CreditNote) -> HttpResponse:
    """Return a credit note as such a file."""
    return _file(str(note), credit_note_pdf(note))


def _file(name: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=PDF_TYPE, headers=headers)
