"""What staff are shown of money: hand-computed figures, each leading to its entries, and none without permission."""

import csv
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.kernel.ids import uuid7
from apps.payments.api.tables import as_csv
from apps.payments.apps import DATABASE
from apps.payments.models import (
    Customer,
    Invoice,
    Payment,
    Price,
    Recognition,
    Refund,
    Subscription,
    SubscriptionChange,
)
from apps.payments.selectors.auditing import faults
from apps.payments.selectors.books import trial_balance
from apps.payments.selectors.recurring import paying, recurring
from apps.payments.services import billing_now, recognise, request_refund, seed_catalogue
from tests.support.billing import a_payer, do_tasks, subscribed
from tests.support.books import Part, an_invoice
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
REPORTS = "/api/v1/reports"
MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 7)]


def staff(*codenames: str) -> APIClient:
    person = a_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="payments", codename__in=codenames))
    return client_of(person, proved=True)


@pytest.fixture
def reader() -> APIClient:
    return staff("view_bookentry")


def rows(reader: APIClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = reader.get(f"{REPORTS}/{path}", query)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def entries_at(reader: APIClient, link: str) -> list[dict[str, Any]]:
    where = urlsplit(link)
    answer = reader.get(f"{where.path}?{where.query}")
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def ten_days(net: str) -> Part:
    return Part(Decimal(net), NOON, NOON + timedelta(days=10), tax=Decimal(net) * Decimal("0.19"))


def test_revenue_by_day_is_what_was_earned_and_leads_to_its_entries(reader: APIClient) -> None:
    invoices = [an_invoice([ten_days(net)], at=NOON) for net in ("10.00", "30.00")]
    recognise(NOON.date() + timedelta(days=2))
    first, second, third = rows(reader, "revenue", since="2026-02-01", until="2026-02-28")
    assert (first["period"], first["recognised"], first["tax"]) == ("2026-02-01", "2.00", "7.60")
    assert [row["recognised"] for row in (second, third)] == ["4.00", "4.00"]
    made_of = [entry for entry in entries_at(reader, second["entries"]) if entry["kind"] == "revenue"]
    assert sorted((entry["amount"], entry["invoice_id"]) for entry in made_of) == sorted(
        [("-1.00", str(invoices[0].pk)), ("-3.00", str(invoices[1].pk))]
    )


def test_revenue_by_month_is_the_sum_of_its_days(reader: APIClient) -> None:
    an_invoice([Part(Decimal("59.00"), MONTHS[0], MONTHS[2])], at=MONTHS[0])
    recognise(MONTHS[3].date())
    months = rows(reader, "revenue", since="2026-01-01", until="2026-12-31", by="month")
    assert [(row["period"], row["recognised"]) for row in months] == [("2026-01-01", "31.00"), ("2026-02-01", "28.00")]
    days = rows(reader, "revenue", since="2026-01-01", until="2026-12-31")
    assert sum(Decimal(row["recognised"]) for row in days) == Decimal("59.00")


def test_refunds_and_fees_stand_beside_what_was_earned(reader: APIClient) -> None:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    request_refund(
        payment.pk, amount=Decimal(10), currency="EUR", reason="duplicate", note="", staff_id=uuid7(), at=billing_now()
    )
    do_tasks()
    today = billing_now().date()
    (row,) = rows(reader, "revenue", since=str(today), until=str(today + timedelta(days=1)))
    assert (row["recognised"], row["refunds"], row["net"]) == ("0.00", "8.40", "-8.40")
    assert (row["tax"], row["fees"]) == ("6.22", f"{payment.fee:.2f}")


def test_the_trial_balance_sums_to_zero_and_each_line_is_the_sum_of_its_entries(reader: APIClient) -> None:
    subscribed(a_payer())
    an_invoice([Part(Decimal(900), NOON, NOON + timedelta(days=3))], at=NOON, currency="JPY")
    lines = rows(reader, "trial-balance")
    for currency in ("EUR", "JPY"):
        sides = [(Decimal(row["debit"]), Decimal(row["credit"])) for row in lines if row["currency"] == currency]
        assert sum(debit for debit, _ in sides) == sum(credit for _, credit in sides) > 0
    for row in lines:
        made_of = entries_at(reader, row["entries"])
        assert sum(Decimal(entry["amount"]) for entry in made_of) == Decimal(row["debit"]) - Decimal(row["credit"])
    assert {(row["kind"], row["owner"]) for row in lines} >= {
        ("provider_clearing", "sandbox"),
        ("receivable", "customers"),
    }


def test_the_trial_balance_of_a_moment_knows_nothing_of_what_came_later() -> None:
    an_invoice([ten_days("10.00")], at=NOON)
    recognise(NOON.date() + timedelta(days=5))
    assert trial_balance(at=NOON) == []
    first_day = {line.kind: line.amount for line in trial_balance(at=NOON + timedelta(hours=12))}
    assert (first_day["revenue"], first_day["deferred_revenue"]) == (Decimal("-0.50"), Decimal("-9.50"))


def history(*steps: tuple[datetime, str, str], customer: Customer | None = None) -> Customer:
    """Return a customer with a subscription that was at these statuses and prices from these moments on."""
    customer = customer or Customer.objects.create(user_id=uuid7(), country="DE")
    first = Price.objects.get(lookup_key=steps[0][2])
    subscription = Subscription.objects.create(
        customer=customer, price=first, status=steps[-1][1], billing_anchor=steps[0][0], created_at=steps[0][0],
        current_period_start=steps[0][0], current_period_end=steps[0][0] + timedelta(days=30),
    )  # fmt: skip
    before = ""
    for version, (at, status, key) in enumerate(steps, 1):
        SubscriptionChange.objects.create(
            subscription=subscription, version=version, before=before, after=status, because="test", changed_at=at,
            price=Price.objects.get(lookup_key=key),
        )  # fmt: skip
        before = status
    return customer


def day(month: int, number: int = 10) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


def test_what_moves_recurring_revenue_adds_up_from_month_to_month() -> None:
    seed_catalogue()
    history((day(1), "active", "pro-eur-month"))
    history(
        (day(1), "active", "basic-eur-month"),
        (day(3), "active", "pro-eur-month"),
        (day(4), "past_due", "pro-eur-month"),
    )
    history(
        (day(1), "trialing", "pro-eur-month"),
        (day(2), "active", "basic-eur-year"),
        (day(3), "canceled", "basic-eur-year"),
    )
    gone = history((day(1), "active", "pro-eur-month"), (day(2), "canceled", "pro-eur-month"))
    history((day(4), "active", "basic-eur-month"), customer=gone)
    january, february, march, april, may = recurring(MONTHS)
    assert (january.starting, january.new, january.ending) == (0, Decimal(117), Decimal(117))
    assert (february.new, february.churned, february.ending) == (Decimal("15.83"), Decimal(49), Decimal("83.83"))
    assert (march.expansion, march.churned, march.ending) == (Decimal(30), Decimal("15.83"), Decimal(98))
    assert (april.reactivation, april.new, april.ending) == (Decimal(19), 0, Decimal(117))
    assert (february.customer_churn, february.revenue_churn) == (Decimal("0.3333"), Decimal("0.4188"))
    assert (january.customer_churn, may.customer_churn) == (None, Decimal(0))


def test_a_downgrade_is_contraction_and_prices_count_without_tax() -> None:
    seed_catalogue()
    person = a_payer()
    subscription = subscribed(person)
    month = billing_now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (month + timedelta(days=32)).replace(day=1)
    (row,) = recurring([month, after])
    assert (row.new, row.ending) == (Decimal("41.18"), Decimal("41.18"))
    SubscriptionChange.objects.create(
        subscription=subscription, version=90, before="active", after="active", because="downgraded",
        price=Price.objects.get(lookup_key="basic-eur-month"), changed_at=after + timedelta(days=3),
    )  # fmt: skip
    (later,) = recurring([after, (after + timedelta(days=32)).replace(day=1)])
    assert (later.starting, later.contraction, later.ending) == (Decimal("41.18"), Decimal("25.21"), Decimal("15.97"))


def test_random_histories_join_month_to_month() -> None:
    seed_catalogue()
    chance = random.Random("recurring revenue")
    keys = list(Price.objects.values_list("lookup_key", flat=True))
    for _ in range(40):
        moments = sorted(MONTHS[0] + timedelta(hours=chance.randrange(24 * 150)) for _ in range(chance.randint(1, 6)))
        statuses = [chance.choice(["trialing", "active", "past_due", "canceled"]) for _ in moments]
        steps = [(at, status, chance.choice(keys)) for at, status in zip(moments, statuses, strict=True)]
        if steps[-1][1] != "canceled":
            steps.append((moments[-1] + timedelta(hours=1), "canceled", steps[-1][2]))
        history(*steps)
    found = recurring(MONTHS)
    assert len(found) >= 5
    ending: dict[str, Decimal] = {}
    for row in found:
        moved = row.new + row.reactivation + row.expansion - row.contraction - row.churned
        assert row.starting + moved == row.ending
        assert row.starting == ending.get(row.currency, Decimal(0))
        ending[row.currency] = row.ending


def test_recurring_revenue_leads_to_the_subscriptions_that_make_it_up(reader: APIClient) -> None:
    seed_catalogue()
    history((day(1), "active", "pro-eur-month"))
    history((day(1), "active", "basic-eur-month"), (day(2), "canceled", "basic-eur-month"))
    january, february = rows(reader, "recurring-revenue", since="2026-01-15", until="2026-02-28")
    assert (january["month"], january["ending"], february["ending"]) == ("2026-01-01", "68.00", "49.00")
    prices = [entry["price"]["unit_amount"] for entry in entries_at(reader, february["subscriptions"])]
    assert prices == ["49.00"]
    assert paying(day(1, 20)).count() == 2


@pytest.mark.parametrize("path", ["revenue", "recurring-revenue", "trial-balance"])
def test_csv_holds_the_same_figures(reader: APIClient, path: str) -> None:
    seed_catalogue()
    an_invoice([ten_days("10.00")], at=NOON)
    recognise(NOON.date() + timedelta(days=2))
    history((day(1), "active", "pro-eur-month"))
    query = (
        {"at": "2026-03-01T00:00:00Z"} if path == "trial-balance" else {"since": "2026-02-01", "until": "2026-03-01"}
    )
    answer = reader.get(f"{REPORTS}/{path}.csv", query)
    assert answer.headers["Content-Type"].startswith("text/csv")
    shown = rows(reader, path, **query)
    assert shown
    wanted = [{name: "" if value is None else str(value) for name, value in row.items()} for row in shown]
    assert list(csv.DictReader(StringIO(answer.content.decode()))) == wanted


def test_no_cell_is_taken_for_a_formula() -> None:
    cells = {"a": "=1+1", "b": "+x", "c": "-x", "d": "@x", "e": "\tx", "f": "-1.50", "g": "plain, text"}
    text = as_csv([cells], columns=list(cells), name="cells").content.decode()
    (line,) = csv.DictReader(StringIO(text))
    assert line == {**cells, "a": "'=1+1", "b": "'+x", "c": "'-x", "d": "'@x", "e": "'\tx"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param("revenue", {}, id="no span"),
        pytest.param("revenue", {"since": "2026-02-02", "until": "2026-02-02"}, id="an empty span"),
        pytest.param("revenue", {"since": "2020-01-01", "until": "2026-01-01"}, id="more days than a year has"),
        pytest.param("revenue", {"since": "2026-01-01", "until": "2026-02-01", "by": "hour"}, id="by the hour"),
        pytest.param("recurring-revenue", {"since": "1000-01-01", "until": "2026-01-01"}, id="without end"),
        pytest.param("trial-balance", {"at": "soon"}, id="no moment"),
        pytest.param("trial-balance.csv", {"at": "soon"}, id="no moment, as a file"),
        pytest.param("recurring-subscriptions", {"at": "soon"}, id="no moment of subscriptions"),
        pytest.param("entries", {"since": "soon"}, id="no moment of entries"),
    ],
)
def test_what_cannot_be_shown_is_said(reader: APIClient, path: str, query: dict[str, str]) -> None:
    answer = reader.get(f"{REPORTS}/{path}", query)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:treum:problem:invalid")


@pytest.mark.parametrize("path", ["revenue", "trial-balance.csv", "entries", "recurring-subscriptions"])
def test_staff_without_the_permission_see_no_books(path: str) -> None:
    answer = staff("view_refund").get(f"{REPORTS}/{path}")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:permission_missing")


def test_more_rows_take_no_more_queries(reader: APIClient) -> None:
    paths = ["revenue?since=2026-02-01&until=2026-03-01", "trial-balance", "entries", "recurring-subscriptions",
             "recurring-revenue?since=2026-01-01&until=2026-06-01"]  # fmt: skip
    counts = []
    seed_catalogue()
    for number in (2, 9):
        for _ in range(number):
            an_invoice([ten_days("10.00")], at=NOON)
            history((day(1), "active", "pro-eur-month"))
        recognise(NOON.date() + timedelta(days=number))
        with CaptureQueriesContext(connections[DATABASE]) as queries:
            assert [reader.get(f"{REPORTS}/{path}").status_code for path in paths] == [200] * len(paths)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_refunds_over_rest_need_permission_and_a_second_person() -> None:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    body = {"payment_id": str(payment.pk), "amount": "10.00", "currency": "EUR", "reason": "duplicate"}
    asker, decider = staff("add_refund", "view_refund"), staff("change_refund", "view_refund")
    key = {"Idempotency-Key": "refund-1"}
    assert decider.post("/api/v1/refunds", body, headers=key).status_code == 403
    first = asker.post("/api/v1/refunds", body, headers=key)
    again = asker.post("/api/v1/refunds", body, headers=key)
    assert (first.status_code, first.json()["status"], again.json()["id"]) == (201, "pending", first.json()["id"])
    refused = asker.post("/api/v1/refunds", {**body, "amount": "39.01"}, headers={"Idempotency-Key": "refund-2"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:treum:problem:refund_too_large")
    assert asker.post("/api/v1/refunds", {**body, "reason": "not_expected"}, headers=key).status_code in (400, 422)
    listed = decider.get("/api/v1/refunds", {"payment_id": str(payment.pk)}).json()["results"]
    assert [entry["id"] for entry in listed] == [first.json()["id"]]
    url = f"/api/v1/refunds/{first.json()['id']}"
    assert asker.post(f"{url}/approve", headers={"Idempotency-Key": "a"}).status_code == 403
    late = decider.post(f"{url}/decline", headers={"Idempotency-Key": "b"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:treum:problem:not_awaiting_approval")


@pytest.mark.parametrize("amount", [10, 10.0, "1E1", "\uff11", " 1", "+1", "1_0"])
def test_a_refund_of_an_amount_that_is_not_plain_is_refused(amount: object) -> None:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    body = {"payment_id": str(payment.pk), "amount": amount, "currency": "EUR", "reason": "duplicate"}
    refused = staff("add_refund").post("/api/v1/refunds", body, headers={"Idempotency-Key": "refund-1"})
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["amount"]
    assert not Refund.objects.exists()


def test_sound_books_are_called_so_and_others_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    subscribed(a_payer())
    call_command("books")
    told = capsys.readouterr().out
    assert "deferred_revenue" in told
    assert told.endswith("The books are sound.\n")
    Recognition.objects.update(earned=Decimal("1.00"))
    Invoice.objects.update(status="void")
    with pytest.raises(CommandError, match="3 faults"):
        call_command("books")
    sentences = [fault.sentence for fault in faults()]
    assert sentences == [
        "deferred_revenue in EUR is -41.18 in the books, and -40.18 by our rows.",
        "receivable in EUR is 0 in the books, and -49 by our rows.",
        "tax_payable of DE in EUR is -7.82 in the books, and 0 by our rows.",
    ]
