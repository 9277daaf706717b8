"""Refunds, as staff see them."""

from django.db.models import QuerySet

from apps.payments.models import Refund


def refunds() -> QuerySet[Refund]:
    """Return refunds with their payments, invoices and credit notes."""
    return Refund.objects.select_related("payment__invoice", "credit_note").defer("payment__invoice__bill_to")
