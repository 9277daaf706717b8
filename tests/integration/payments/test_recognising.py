"""What was billed is earned by the day: the same figures as a plain loop, once each, whole to the last unit."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.kernel.ledger.verify import trial_balance, unbalanced_transactions
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry, Invoice, Recognition
from apps.payments.services import recognise
from apps.payments.services.books.bookkeeping import book_uncollectible, book_void
from tests.support.books import Part, an_invoice, earned_by_day, loop_by_day, totals

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
LAST = date(2026, 12, 31)


def ten_days(net: str, **instead: object) -> Part:
    """Ten days from noon to noon: a half day, nine days, and a half day."""
    return Part(**{"net": Decimal(net), "start": NOON, "end": NOON + timedelta(days=10), **instead})


def test_a_line_is_earned_by_the_second_and_its_days_sum_to_its_net() -> None:
    an_invoice([ten_days("10.00")], at=NOON)
    recognise(LAST)
    first, last = date(2026, 2, 1), date(2026, 2, 11)
    days = earned_by_day()
    assert len(days) == 11
    assert (days[first, "EUR"], days[last, "EUR"]) == (Decimal("0.50"), Decimal("0.50"))
    assert {amount for (day, _), amount in days.items() if first < day < last} == {Decimal("1.00")}
    assert totals() == {"receivable": Decimal(10), "revenue": Decimal(-10)}


def test_a_day_that_is_not_over_is_not_earned() -> None:
    an_invoice([ten_days("10.00")], at=NOON)
    recognise(date(2026, 1, 31))
    assert earned_by_day() == {}
    recognise(date(2026, 2, 2))
    assert sum(earned_by_day().values()) == Decimal("1.50")
    assert totals()["deferred_revenue"] == Decimal("-8.50")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD"], ids=["two places", "no places", "three places"])
def test_figures_by_day_are_those_of_a_plain_loop(currency: str) -> None:
    chance = random.Random(f"recognition {currency}")
    places = {"EUR": 2, "JPY": 0, "BHD": 3}[currency]
    wanted: dict[object, Decimal] = {}
    for _ in range(25):
        at = NOON + timedelta(seconds=chance.randrange(86_400 * 5), microseconds=chance.randrange(10**6))
        parts = [_some_part(chance, at, places) for _ in range(chance.randint(1, 3))]
        an_invoice(parts, at=at, currency=currency)
        for place, amount in loop_by_day(parts, at=at, up_to=LAST, currency=currency).items():
            wanted[place] = wanted.get(place, Decimal(0)) + amount
    recognise(LAST)
    assert earned_by_day() == {place: amount for place, amount in wanted.items() if amount}
    assert unbalanced_transactions(using=DATABASE) == 0
    assert not Recognition.objects.exclude(earned=F("net")).exists()


def _some_part(chance: random.Random, at: datetime, places: int) -> Part:
    start = at - timedelta(seconds=chance.randrange(86_400 * 3)) + timedelta(days=chance.randrange(4))
    net = Decimal(chance.randint(-10_000, 99_999)).scaleb(-places)
    return Part(net or Decimal(1), start, start + timedelta(seconds=chance.randint(1, 86_400 * 40)))


def test_a_time_without_length_is_earned_at_once() -> None:
    an_invoice([ten_days("3.00", end=NOON)], at=NOON)
    recognise(date(2026, 2, 1))
    assert earned_by_day() == {(date(2026, 2, 1), "EUR"): Decimal("3.00")}


def test_what_is_behind_when_the_invoice_comes_is_earned_on_its_day() -> None:
    an_invoice([ten_days("10.00")], at=NOON + timedelta(days=4))
    recognise(LAST)
    days = earned_by_day()
    assert min(days) == (date(2026, 2, 5), "EUR")
    assert days[date(2026, 2, 5), "EUR"] == Decimal("4.50")


def test_a_credit_takes_back_what_its_time_would_have_earned() -> None:
    half = NOON + timedelta(days=5)
    an_invoice([ten_days("10.00")], at=NOON)
    an_invoice([ten_days("-5.00", start=half), ten_days("15.00", start=half)], at=half)
    recognise(LAST)
    assert sum(earned_by_day().values()) == Decimal("20.00")
    assert earned_by_day()[date(2026, 2, 8), "EUR"] == Decimal("3.00")


def test_days_that_were_missed_are_made_up_for_and_none_is_earned_twice() -> None:
    an_invoice([ten_days("10.00")], at=NOON)
    made = [recognise(date(2026, 2, day)) for day in (1, 1, 5, 3, 28, 28)]
    assert made == [1, 0, 4, 0, 6, 0]
    assert sum(earned_by_day().values()) == Decimal("10.00")
    assert BookEntry.objects.filter(kind="revenue").count() == 11


def test_more_invoices_take_no_more_queries() -> None:
    counts = []
    for invoices in (1, 12):
        for _ in range(invoices):
            an_invoice([ten_days("10.00")], at=NOON)
        with CaptureQueriesContext(connections[DATABASE]) as queries:
            recognise(date(2026, 2, 1))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_void_takes_back_what_was_deferred_and_what_was_earned() -> None:
    invoice = an_invoice([ten_days("10.00", tax=Decimal("1.90"))], at=NOON)
    recognise(date(2026, 2, 4))
    assert totals()["revenue"] == Decimal("-3.50")
    book_void(invoice, at=NOON + timedelta(days=3))
    book_void(invoice, at=NOON + timedelta(days=3))
    recognise(LAST)
    assert totals() == {}
    assert len(trial_balance(using=DATABASE)) == 4


def test_what_is_never_paid_is_lost_as_far_as_it_was_earned() -> None:
    invoice = an_invoice([ten_days("10.00", tax=Decimal("1.90"))], at=NOON)
    recognise(date(2026, 2, 4))
    book_uncollectible(invoice, at=NOON + timedelta(days=3))
    recognise(LAST)
    assert totals() == {"revenue": Decimal("-3.50"), "bad_debt": Decimal("3.50")}


def test_what_the_balance_has_paid_of_a_lost_invoice_is_earned_and_its_tax_is_owed() -> None:
    invoice = an_invoice([ten_days("100.00", tax=Decimal("19.00"))], at=NOON)
    recognise(date(2026, 2, 1))
    Invoice.objects.filter(pk=invoice.pk).update(amount_paid=Decimal("59.50"))
    invoice.refresh_from_db()
    book_uncollectible(invoice, at=NOON + timedelta(days=1))
    recognise(LAST)
    assert totals() == {
        "receivable": Decimal("59.50"),
        "revenue": Decimal("-50.00"),
        "tax_payable": Decimal("-9.50"),
    }
