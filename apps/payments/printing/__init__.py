"""Invoices on paper."""

from apps.payments.printing.answer import PDF_TYPE, printed
from apps.payments.printing.invoice import invoice_pdf

__all__ = ["PDF_TYPE", "invoice_pdf", "printed"]
