"""What stands on a printed invoice, and that the same invoice is always printed alike."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from apps.payments.enums import InvoiceStatus, LineKind
from apps.payments.models import CreditNote, Invoice, InvoiceLine
from apps.payments.printing import invoice_pdf, printed
from apps.payments.rules.amounts import written

START, END = datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 28, 12, tzinfo=UTC)


def a_line(**fields):
    values = {
        "kind": LineKind.PERIOD,
        "description": "Pro, 31 January 2026 to 28 February 2026",
        "net": Decimal("41.1800"),
        "tax": Decimal("7.8200"),
        "tax_country": "DE",
        "tax_name": "VAT",
        "tax_percentage": Decimal("19.0000"),
        "period_start": START,
        "period_end": END,
    }
    return InvoiceLine(**{**values, **fields})


def an_invoice(*, name="Ada Lovelace", lines=None, notes=(), **fields):
    values = {
        "number": 17,
        "status": InvoiceStatus.PAID,
        "currency": "EUR",
        "country": "DE",
        "subtotal": Decimal("41.1800"),
        "tax": Decimal("7.8200"),
        "total": Decimal("49.0000"),
        "amount_due": Decimal("49.0000"),
        "amount_paid": Decimal("49.0000"),
        "period_start": START,
        "period_end": END,
        "created_at": START,
        "finalized_at": START,
        "paid_at": datetime(2026, 2, 1, tzinfo=UTC),
        "bill_to": json.dumps({"name": name, "email": "ada@example.com"}),
    }
    invoice = Invoice(**{**values, **fields})
    invoice._prefetched_objects_cache = {"lines": lines or [a_line()], "credit_notes": list(notes)}
    return invoice


def pages_of(invoice):
    return [page.extract_text() for page in PdfReader(io.BytesIO(invoice_pdf(invoice))).pages]


def text_of(invoice):
    return "\n".join(pages_of(invoice))


def test_all_that_the_law_asks_for_stands_on_it(settings):
    settings.TREUM_PAYMENTS_SELLER = "Treum & Söhne"
    settings.TREUM_PAYMENTS_SELLER_ADDRESS = "Marktplatz 1, 1010 Wien"
    settings.TREUM_PAYMENTS_SELLER_TAX_ID = "ATU12345678"
    text = text_of(an_invoice())
    for part in (
        "Invoice INV-000017",
        "Treum & Söhne",
        "Marktplatz 1, 1010 Wien",
        "ATU12345678",
        "Ada Lovelace",
        "ada@example.com",
        "Germany",
        "Issued on 31 January 2026",
        "Paid on 1 February 2026",
        "31 January 2026 to 28 February 2026",
        "41.18 EUR",
        "VAT 19 % (DE)",
        "7.82 EUR",
        "49.00 EUR",
    ):
        assert part in text, part


def test_the_same_invoice_gives_the_same_bytes_in_any_thread():
    with ThreadPoolExecutor(8) as pool:
        prints = set(pool.map(lambda _: invoice_pdf(an_invoice()), range(32)))
    assert len(prints) == 1
    assert invoice_pdf(an_invoice(name="Grace Hopper")) not in prints


@pytest.mark.parametrize("name", ["Zoë Ångström", "Ελλάδα Παπαδοπούλου", "Привет Иванова", "Nguyễn Văn Đức"])
def test_names_in_other_alphabets_are_printed(name):
    text = text_of(an_invoice(name=name))
    assert name in text
    assert "typeface" not in text


def test_letters_that_the_typeface_lacks_are_told_of():
    text = text_of(an_invoice(name="山田 Taro"))
    assert "?? Taro" in text
    assert "Letters that our typeface lacks are shown as ?." in text


def test_a_name_is_no_markup():
    assert "<b>Ada</b> & <font>" in text_of(an_invoice(name="<b>Ada</b> & <font>"))


def test_a_name_without_end_leaves_room_for_the_rest():
    pages = pages_of(an_invoice(name="x" * 10_000))
    assert len(pages) == 1
    assert "49.00 EUR" in pages[0]
    assert pages[0].count("x") < 400


def test_many_lines_go_on_with_their_headings_on_the_next_page():
    pages = pages_of(an_invoice(lines=[a_line() for _ in range(60)]))
    assert len(pages) > 1
    assert all("Description" in page for page in pages[:-1])
    assert [f"Page {number}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)


def test_what_was_taken_from_the_balance_and_credited_stands_on_it():
    note = CreditNote(number=3, total=Decimal("10.0000"), created_at=END)
    invoice = an_invoice(
        balance_applied=Decimal("5.0000"), amount_due=Decimal(44), amount_paid=Decimal(44), notes=[note]
    )
    text = text_of(invoice)
    assert "Taken from your balance" in text
    assert "-5.00 EUR" in text
    assert "Credited by CN-000003, 28 February 2026" in text
    assert "-10.00 EUR" in text


def test_what_is_below_zero_is_said_to_go_to_the_balance():
    credit = a_line(kind=LineKind.UNUSED_TIME, net=Decimal("-41.18"), tax=Decimal("-7.82"))
    invoice = an_invoice(
        lines=[credit], subtotal=Decimal("-41.18"), tax=Decimal("-7.82"), total=Decimal(-49), amount_due=Decimal(0)
    )
    text = text_of(invoice)
    assert "-49.00 EUR" in text
    assert "added to your balance" in text
    assert "31 January 2026 12:00 to 28 February 2026 12:00" in text


@pytest.mark.parametrize("status", [InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE])
def test_what_nobody_is_to_pay_says_so(status):
    text = text_of(an_invoice(status=status, paid_at=None, amount_paid=Decimal(0)))
    assert f"This invoice is {status}: nothing is to be paid." in text


def test_nobody_is_named_once_the_buyer_is_erased():
    text = text_of(an_invoice(bill_to=None))
    assert "A customer whose data was erased" in text
    assert "Ada" not in text


def test_the_answer_is_a_file_that_nobody_keeps():
    answer = printed(an_invoice())
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="INV-000017.pdf"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("49.0000", "EUR", "49.00"), ("490.0000", "JPY", "490"), ("1.2340", "BHD", "1.234"), ("-0.0000", "EUR", "0.00")],
)
def test_amounts_have_the_places_of_their_currency(amount, currency, expected):
    assert written(Decimal(amount), currency=currency) == expected
