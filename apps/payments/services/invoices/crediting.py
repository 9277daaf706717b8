"""Write credit notes: what of an invoice was given back, with the part of its tax that goes with it.

Together the notes of an invoice hold the tax that their sum would have, half-even, so that the last one takes the rest.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db.models import Sum

from apps.payments.models import CreditNote, Invoice
from apps.payments.rules.rounding import half_even
from apps.payments.selectors.paid import standing_notes
from apps.payments.services.invoices.numbering import CREDIT_NOTES, take_number

NOTHING = Decimal(0)


def issue_credit_note(invoice: Invoice, *, amount: Decimal, reason: str, at: datetime) -> CreditNote:
    """Credit an amount of what was paid for an invoice. The customer is locked by the caller."""
    tax = _tax_in(invoice, amount)
    note = CreditNote.objects.create(
        invoice=invoice,
        number=take_number(CREDIT_NOTES),
        currency=invoice.currency,
        net=amount - tax,
        tax=tax,
        total=amount,
        reason=reason,
        created_at=at,
    )
    _count(invoice, amount)
    return note


def withdraw_credit_note(note: CreditNote) -> None:
    """Count a credit note no more, whose money never arrived. It keeps its number."""
    _count(Invoice.objects.get(pk=note.invoice_id), -note.total)


def _tax_in(invoice: Invoice, amount: Decimal) -> Decimal:
    credited = standing_notes().filter(invoice=invoice).aggregate(total=Sum("total"), tax=Sum("tax"))
    total, tax = (credited["total"] or NOTHING) + amount, credited["tax"] or NOTHING
    wanted = half_even(Fraction(invoice.tax) * Fraction(total) / Fraction(invoice.total), currency=invoice.currency)
    return min(max(wanted - tax, NOTHING), amount)


def _count(invoice: Invoice, amount: Decimal) -> None:
    invoice.amount_credited += amount
    invoice.save(update_fields=["amount_credited"])
