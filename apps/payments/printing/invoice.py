"""An invoice as PDF."""

import json
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from apps.payments.enums import InvoiceStatus, LineKind
from apps.payments.models import Invoice, InvoiceLine
from apps.payments.printing.paper import (
    BODY,
    SMALL,
    SMALL_FIGURE,
    block,
    buyer,
    day,
    figure,
    grid,
    minute,
    pdf_of,
    rate_of,
    seller,
    shown,
    sums,
)
from apps.payments.printing.typeface import INSTEAD, lacks_letters
from apps.payments.selectors.taxes import taxes_by_rate

DUE = "Due"
LINE_WIDTHS = (92 * mm, 26 * mm, 26 * mm, 26 * mm)


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return an invoice, with its lines and credit notes, as a PDF of one page or more."""
    return pdf_of(f"Invoice {invoice}", lambda: _story(invoice))


def _story(invoice: Invoice) -> list[Flowable]:
    lines = list(invoice.lines.all())
    return [
        grid([[seller(), buyer(invoice)], [_dates(invoice), _period(invoice)]], widths=(85 * mm, 85 * mm)),
        Spacer(0, 8 * mm),
        _lines(invoice, lines),
        Spacer(0, 4 * mm),
        _sums(invoice),
        Spacer(0, 8 * mm),
        *(Paragraph(note, SMALL) for note in _notes(invoice)),
    ]


def _dates(invoice: Invoice) -> list[Flowable]:
    issued = f"Issued on {day(invoice.finalized_at or invoice.created_at)}"
    return block("Dates", [issued, f"Paid on {day(invoice.paid_at)}" if invoice.paid_at else _standing(invoice)])


def _period(invoice: Invoice) -> list[Flowable]:
    return block("Period", [f"{day(invoice.period_start)} to {day(invoice.period_end)}"])


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Table:
    names = ("Description", "Net", "Tax", f"Amount, {invoice.currency}")
    head = [Paragraph(name, SMALL if name == names[0] else SMALL_FIGURE) for name in names]
    body = [
        [
            _description(line),
            *(figure(amount, invoice.currency) for amount in (line.net, line.tax, line.net + line.tax)),
        ]
        for line in lines
    ]
    return grid([head, *body], widths=LINE_WIDTHS, ruled=True, repeatRows=1)


def _sums(invoice: Invoice) -> Table:
    shares = taxes_by_rate(invoice)
    told = [("Net", invoice.subtotal)]
    told += [(rate_of(share, alone=len(shares) == 1), share.amount) for share in shares]
    told.append(("Total", invoice.total))
    if invoice.balance_applied:
        told.append(("Taken from your balance", -invoice.balance_applied))
    if invoice.amount_paid:
        told.append(("Paid", -invoice.amount_paid))
    told.append((DUE, invoice.amount_due - invoice.amount_paid))
    told += [(f"Credited by {note}, {day(note.created_at)}", -note.total) for note in invoice.credit_notes.all()]
    return sums(told, bold=DUE, currency=invoice.currency)


def _notes(invoice: Invoice) -> list[str]:
    notes = ["Tax is rounded line by line, to the even neighbour. All times are UTC."]
    if not taxes_by_rate(invoice):
        notes.append("No tax is charged for this country.")
    if invoice.total < 0:
        notes.append("What is below zero was added to your balance, and is taken off your next invoice.")
    if invoice.status in (InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE):
        notes.append(f"This invoice is {invoice.status}: nothing is to be paid.")
    if invoice.bill_to is not None and lacks_letters(json.loads(invoice.bill_to)["name"]):
        notes.append(f"Letters that our typeface lacks are shown as {INSTEAD}.")
    return notes


def _standing(invoice: Invoice) -> str:
    return f"Status: {invoice.get_status_display().lower()}"


def _description(line: InvoiceLine) -> list[Flowable]:
    """Return what a line is for: to the minute where it is for a part of a period."""
    told = [Paragraph(shown(line.description), BODY)]
    if line.kind != LineKind.PERIOD:
        told.append(Paragraph(f"{minute(line.period_start)} to {minute(line.period_end)}", SMALL))
    return told
