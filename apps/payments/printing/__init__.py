"""Invoices on paper."""

from apps.payments.printing.invoice import invoice_pdf

__all__ = ["invoice_pdf"]
