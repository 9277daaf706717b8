"""The paper that invoices and credit notes are printed on. The same rows give the same bytes, whenever and wherever."""

import json
from collections.abc import Callable, Sequence
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
from apps.payments.models import Invoice
from apps.payments.printing.typeface import TYPEFACE, printable, typeface
from apps.payments.rules.amounts import written
from apps.payments.rules.countries import countries
from apps.payments.selectors.taxes import TaxShare

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

SUM_WIDTHS = (118 * mm, 52 * mm)


def pdf_of(title: str, story: Callable[[], Sequence[Flowable]]) -> bytes:
    """Return a document as a PDF of one page or more. Its story is told once the typeface is there."""
    typeface()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author=settings.TREUM_PAYMENTS_SELLER,
        invariant=1,
    )
    head = [Paragraph(shown(settings.TREUM_PAYMENTS_SELLER), SMALL), Paragraph(title, TITLE), Spacer(0, 4 * mm)]
    document.build([*head, *story()], onFirstPage=_foot, onLaterPages=_foot)
    return buffer.getvalue()


def seller() -> list[Flowable]:
    """Return who sells."""
    told = [settings.TREUM_PAYMENTS_SELLER, settings.TREUM_PAYMENTS_SELLER_ADDRESS]
    if settings.TREUM_PAYMENTS_SELLER_TAX_ID:
        told.append(f"Tax id {settings.TREUM_PAYMENTS_SELLER_TAX_ID}")
    return block("From", told)


def buyer(invoice: Invoice) -> list[Flowable]:
    """Return whom an invoice was written for, unless they have been erased."""
    country = countries().get(invoice.country, invoice.country)
    if invoice.bill_to is None:
        return block("To", ["A customer whose data was erased", country])
    told = json.loads(invoice.bill_to)
    return block("To", [told["name"], told["email"], country])


def block(title: str, told: Sequence[str]) -> list[Flowable]:
    """Return lines below a small title."""
    return [
        Paragraph(title, SMALL),
        *(Paragraph(shown(text, most=ADDRESS), BODY) for text in told if text),
        Spacer(0, 2 * mm),
    ]


def grid(rows: Sequence[Sequence[Any]], *, widths: Sequence[float], ruled: bool = False, **options: Any) -> Table:
    """Return a table from one margin to the other."""
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


def sums(told: Sequence[tuple[str, Decimal]], *, bold: str, currency: str) -> Table:
    """Return what amounts come to, one below the other, with the row of that name in larger letters."""
    rows = [
        [Paragraph(name, style), figure(amount, currency, style=style)]
        for name, amount in told
        for style in (TOTAL if name == bold else FIGURE,)
    ]
    return grid(rows, widths=SUM_WIDTHS)


def figure(amount: Decimal, currency: str, *, style: ParagraphStyle = FIGURE) -> Paragraph:
    """Return an amount with the decimal places of its currency."""
    return Paragraph(f"{Decimal(written(amount, currency=currency)):,f} {currency}", style)


def rate_of(share: TaxShare, *, alone: bool) -> str:
    """Return how a tax is called; of several on one invoice each says what it is charged on."""
    called = f"{shown(share.name)} {plain(share.percentage)} % ({share.country})"
    return called if alone else f"{called} on {written(share.taxable_amount, currency=share.currency)}"


def shown(text: str, *, most: int = NAME) -> str:
    """Return a text for a paragraph, in which what looks like markup is none."""
    return escape(printable(text, most=most))


def day(at: datetime) -> str:
    """Return the day of a moment."""
    return f"{at:%-d %B %Y}"


def minute(at: datetime) -> str:
    """Return a moment to the minute."""
    return f"{at:%-d %B %Y %H:%M}"


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(TYPEFACE, 8)
    canvas.setFillColor(PALE)
    canvas.drawString(MARGIN, 12 * mm, document.title)
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {document.page}")
    canvas.restoreState()
