"""The taxes on an invoice: by the rate for who reads it, by the country for who it is owed to."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from apps.payments.models import Invoice, InvoiceLine

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What of an invoice one rate applies to, and what it comes to. Both are below zero where more is taken back."""

    country: str
    name: str
    percentage: Decimal
    currency: str
    taxable_amount: Decimal
    amount: Decimal


def taxes_by_rate(invoice: Invoice) -> list[TaxShare]:
    """Return the taxes on an invoice, in the order in which their rates stand on it."""
    found: dict[tuple[str, str, Decimal], TaxShare] = {}
    for line in invoice.lines.all():
        if line.tax_country:
            rate = (line.tax_country, line.tax_name, line.tax_percentage)
            share = found.get(rate)
            taxable, tax = (share.taxable_amount, share.amount) if share else (NOTHING, NOTHING)
            found[rate] = TaxShare(*rate, invoice.currency, taxable + line.net, tax + line.tax)
    return list(found.values())


def taxes_of(invoice: Invoice) -> dict[str, Decimal]:
    """Return what of an invoice's tax is owed to which country, below zero where more is taken back than charged."""
    lines = InvoiceLine.objects.filter(invoice=invoice).exclude(tax=0).order_by("tax_country")
    return dict(lines.values_list("tax_country").annotate(owed=Sum("tax")))
