"""Invoices and credit notes on paper."""

from apps.payments.printing.answer import PDF_TYPE, printed, printed_note
from apps.payments.printing.credit_note import credit_note_pdf
from apps.payments.printing.invoice import invoice_pdf

__all__ = ["PDF_TYPE", "credit_note_pdf", "invoice_pdf", "printed", "printed_note"]
