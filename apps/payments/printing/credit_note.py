"""A credit note as PDF: what of an invoice was given back, with the part of its taxes that goes with it."""

from collections.abc import Iterator
from decimal import Decimal

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from apps.payments.enums import RefundReason
from apps.payments.models import CreditNote, Invoice
from apps.payments.printing.paper import BODY, SMALL, block, buyer, day, grid, pdf_of, rate_of, seller, sums
from apps.payments.selectors.taxes import taxes_by_rate

TOTAL = "Credited"


def credit_note_pdf(note: CreditNote) -> bytes:
    """Return a credit note as a PDF of one page."""
    return pdf_of(f"Credit note {note}", lambda: _story(note, note.invoice))


def _story(note: CreditNote, invoice: Invoice) -> list[Flowable]:
    corrects = f"Invoice {invoice} of {day(invoice.finalized_at or invoice.created_at)}"
    told = [("Net", note.net), *_taxes(note, invoice), (TOTAL, note.total)]
    return [
        grid(
            [
                [seller(), buyer(invoice)],
                [block("Dates", [f"Issued on {day(note.created_at)}"]), block("Corrects", [corrects])],
            ],
            widths=(85 * mm, 85 * mm),
        ),
        Spacer(0, 8 * mm),
        Paragraph(f"Reason: {RefundReason(note.reason).label.lower()}", BODY),
        Spacer(0, 4 * mm),
        sums(told, bold=TOTAL, currency=note.currency),
        Spacer(0, 8 * mm),
        Paragraph("The taxes are the part of the invoice's that the amount is of its total. All times are UTC.", SMALL),
    ]


def _taxes(note: CreditNote, invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    """Yield the tax of each country, by its rate where there is one only."""
    for country, tax in note.taxes.items():
        rates = [share for share in taxes_by_rate(invoice) if share.country == country]
        yield rate_of(rates[0], alone=True) if len(rates) == 1 else f"Tax ({country})", Decimal(tax)
