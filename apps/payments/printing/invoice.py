"""An invoice as PDF. The same invoice gives the same bytes, whenever and wherever it is printed."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from apps.kernel.text import plain
from apps.payments.enums import InvoiceStatus, LineKind
from apps.payments.models import Invoice, InvoiceLine
from apps.payments.printing.typeface import INSTEAD, TYPEFACE, lacks_letters, printable, typeface
from apps.payments.rules.amounts import written
from apps.payments.rules.countries import countries
from apps.payments.selectors.taxes import TaxShare, taxes_by_rate

NAME, ADDRESS = 120, 300
"""How much of a name and of an address is printed."""
MARGIN = 20 * mm
PADDING = 6
"""What reportlab keeps free inside of a margin."""
INK, PALE, LINE = HexColor("#16202c"), HexColor("#5c6b7a"), HexColor("#c9d2da")
BODY = ParagraphStyle("body", fontName=TYPEFACE, fontSize=9.5, leading=13, textColor=INK)
SMALL = ParagraphStyle("small", BODY, fontSize=8, leading=11, textColor=PALE)
TITLE = ParagraphStyle("title", BODY, fontSize=20, leading=25)
FIGURE = ParagraphStyle("figure", BODY, alignment=TA_RIGHT)
SMALL_FIGURE = ParagraphStyle("small figure", SMALL, alignment=TA_RIGHT)
TOTAL = ParagraphStyle("total", FIGURE, fontSize=11.5, leading=15)

LINE_WIDTHS = (92 * mm, 26 * mm, 26 * mm, 26 * mm)
SUM_WIDTHS = (118 * mm, 52 * mm)


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return an invoice, with its lines and credit notes, as a PDF of one page or more."""
    typeface()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Invoice {invoice}",
        author=settings.TREUM_PAYMENTS_SELLER,
        invariant=1,
    )
    document.build(_story(invoice), onFirstPage=_foot, onLaterPages=_foot)
    return buffer.getvalue()


def _story(invoice: Invoice) -> list[Flowable]:
    lines = list(invoice.lines.all())
    return [
        Paragraph(_shown(settings.TREUM_PAYMENTS_SELLER), SMALL),
        Paragraph(f"Invoice {invoice}", TITLE),
        Spacer(0, 4 * mm),
        _grid([[_seller(), _buyer(invoice)], [_dates(invoice), _period(invoice)]], widths=(85 * mm, 85 * mm)),
        Spacer(0, 8 * mm),
        _lines(invoice, lines),
        Spacer(0, 4 * mm),
        _sums(invoice),
        Spacer(0, 8 * mm),
        *(Paragraph(note, SMALL) for note in _notes(invoice)),
    ]


def _seller() -> list[Flowable]:
    told = [settings.TREUM_PAYMENTS_SELLER, settings.TREUM_PAYMENTS_SELLER_ADDRESS]
    if settings.TREUM_PAYMENTS_SELLER_TAX_ID:
        told.append(f"Tax id {settings.TREUM_PAYMENTS_SELLER_TAX_ID}")
    return _block("From", told)


def _buyer(invoice: Invoice) -> list[Flowable]:
    country = countries().get(invoice.country, invoice.country)
    if invoice.bill_to is None:
        return _block("To", ["A customer whose data was erased", country])
    told = json.loads(invoice.bill_to)
    return _block("To", [told["name"], told["email"], country])


def _dates(invoice: Invoice) -> list[Flowable]:
    issued = f"Issued on {_day(invoice.finalized_at or invoice.created_at)}"
    return _block("Dates", [issued, f"Paid on {_day(invoice.paid_at)}" if invoice.paid_at else _standing(invoice)])


def _period(invoice: Invoice) -> list[Flowable]:
    return _block("Period", [f"{_day(invoice.period_start)} to {_day(invoice.period_end)}"])


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Table:
    names = ("Description", "Net", "Tax", f"Amount, {invoice.currency}")
    head = [Paragraph(name, SMALL if name == names[0] else SMALL_FIGURE) for name in names]
    body = [
        [
            _description(line),
            *(_figure(amount, invoice) for amount in (line.net, line.tax, line.net + line.tax)),
        ]
        for line in lines
    ]
    return _grid([head, *body], widths=LINE_WIDTHS, ruled=True, repeatRows=1)


def _sums(invoice: Invoice) -> Table:
    shares = taxes_by_rate(invoice)
    told = [("Net", invoice.subtotal)]
    told += [(_rate(share, alone=len(shares) == 1), share.amount) for share in shares]
    told.append(("Total", invoice.total))
    if invoice.balance_applied:
        told.append(("Taken from your balance", -invoice.balance_applied))
    if invoice.amount_paid:
        told.append(("Paid", -invoice.amount_paid))
    rows = [[Paragraph(name, FIGURE), _figure(amount, invoice)] for name, amount in told]
    due = invoice.amount_due - invoice.amount_paid
    rows.append([Paragraph("Due", TOTAL), Paragraph(_written(due, invoice), TOTAL)])
    rows += [
        [Paragraph(f"Credited by {note}, {_day(note.created_at)}", FIGURE), _figure(-note.total, invoice)]
        for note in invoice.credit_notes.all()
    ]
    return _grid(rows, widths=SUM_WIDTHS)


def _rate(share: TaxShare, *, alone: bool) -> str:
    """Return how a tax is called; of several on one invoice each says what it is charged on."""
    called = f"{_shown(share.name)} {plain(share.percentage)} % ({share.country})"
    return called if alone else f"{called} on {written(share.taxable_amount, currency=share.currency)}"


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
    told = [Paragraph(_shown(line.description), BODY)]
    if line.kind != LineKind.PERIOD:
        told.append(Paragraph(f"{_moment(line.period_start)} to {_moment(line.period_end)}", SMALL))
    return told


def _block(title: str, told: Sequence[str]) -> list[Flowable]:
    return [
        Paragraph(title, SMALL),
        *(Paragraph(_shown(text, most=ADDRESS), BODY) for text in told if text),
        Spacer(0, 2 * mm),
    ]


def _grid(rows: Sequence[Sequence[Any]], *, widths: Sequence[float], ruled: bool = False, **options: Any) -> Table:
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
    )
    if ruled:
        style.add("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE)
    return Table(rows, colWidths=widths, style=style, **options)


def _figure(amount: Any, invoice: Invoice) -> Paragraph:
    return Paragraph(_written(amount, invoice), FIGURE)


def _written(amount: Any, invoice: Invoice) -> str:
    return f"{Decimal(written(amount, currency=invoice.currency)):,f} {invoice.currency}"


def _shown(text: str, *, most: int = NAME) -> str:
    """Return a text for a paragraph, in which what looks like markup is none."""
    return escape(printable(text, most=most))


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def _moment(moment: datetime) -> str:
    return f"{moment:%-d %B %Y %H:%M}"


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(TYPEFACE, 8)
    canvas.setFillColor(PALE)
    canvas.drawString(MARGIN, 12 * mm, document.title)
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {document.page}")
    canvas.restoreState()
