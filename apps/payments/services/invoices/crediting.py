"""Write credit notes: what of an invoice was given back, with the part of its tax that goes with it.

Together the notes of an invoice hold the tax that their sum would have, half-even, so that the last one takes the rest.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from apps.payments.models import CreditNote, Invoice
from apps.payments.rules.tax import parts_of
from apps.payments.selectors.paid import standing_notes
from apps.payments.selectors.taxes import taxes_of
from apps.payments.services.invoices.numbering import CREDIT_NOTES, take_number

NOTHING = Decimal(0)


def issue_credit_note(invoice: Invoice, *, amount: Decimal, reason: str, at: datetime) -> CreditNote:
    """Credit an amount of what was paid for an invoice. The customer is locked by the caller."""
    taxes = _taxes_in(invoice, amount)
    tax = sum(taxes.values(), NOTHING)
    note = CreditNote.objects.create(
        invoice=invoice,
        number=take_number(CREDIT_NOTES),
        currency=invoice.currency,
        net=amount - tax,
        tax=tax,
        taxes={country: f"{share:f}" for country, share in taxes.items()},
        total=amount,
        reason=reason,
        created_at=at,
    )
    _count(invoice, amount)
    return note


def withdraw_credit_note(note: CreditNote) -> None:
    """Count a credit note no more, whose money never arrived. It keeps its number."""
    _count(Invoice.objects.get(pk=note.invoice_id), -note.total)


def _taxes_in(invoice: Invoice, amount: Decimal) -> dict[str, Decimal]:
    """Return the tax in an amount, by country: what all notes hold with this one, less what they held without it."""
    notes = list(standing_notes().filter(invoice=invoice))
    credited = sum((note.total for note in notes), NOTHING) + amount
    part = Fraction(credited) / Fraction(invoice.total)
    taxes = parts_of(taxes_of(invoice), part, currency=invoice.currency)
    for note in notes:
        for country, share in note.taxes.items():
            taxes[country] -= Decimal(share)
    return taxes


def _count(invoice: Invoice, amount: Decimal) -> None:
    invoice.amount_credited += amount
    invoice.save(update_fields=["amount_credited"])
