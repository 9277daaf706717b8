"""The figures in the admin are those of the reports and lead to their entries; no list asks a query for each row."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from re import findall, search
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.payments.apps import DATABASE
from apps.payments.models import (
    BookEntry,
    Difference,
    Invoice,
    Payment,
    Payout,
    Price,
    ProviderNotice,
    Reconciliation,
    Refund,
    Subscription,
    TaxRate,
)
from apps.payments.services import billing_now, recognise
from apps.users.models import User
from tests.support.billing import a_payer
from tests.support.books import Part, an_invoice
from tests.support.payers import history, refund_of
from tests.support.people import a_person, an_address, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

FIGURES = "/admin/payments/figures/"
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = {"since": "2026-01-01", "until": "2026-04-01"}
AT = "2026-03-01T00:00:00Z"
PAYMENTS = [model for model in admin.site._registry if model._meta.app_label == "payments" and not model._meta.proxy]
MONEY = (Invoice, Payment, Refund, Payout, Price)
SEVERAL = (*MONEY, BookEntry, Difference, ProviderNotice, Reconciliation, Subscription, TaxRate)


def staff(*codenames: str) -> User:
    person = a_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="payments", codename__in=codenames))
    return person


def browser_of(person: User) -> Client:
    client = Client(REMOTE_ADDR=an_address())
    client.force_login(person, backend="apps.users.backends.GuardedBackend")
    return client


@pytest.fixture
def reader() -> User:
    return staff("view_bookentry", "view_subscription")


@pytest.fixture
def earned() -> Invoice:
    """An invoice in euros and one in yen, earned up to the middle of February, and subscriptions that run."""
    invoice = an_invoice([Part(Decimal("59.00"), JANUARY, JANUARY + timedelta(days=59))], at=JANUARY)
    an_invoice([Part(Decimal(900), JANUARY, JANUARY + timedelta(days=30))], at=JANUARY, currency="JPY")
    recognise((JANUARY + timedelta(days=45)).date())
    history(a_payer().pk, subscriptions=2)
    return invoice


def cells(page: str, *, heading: str) -> list[list[str]]:
    """Return the cells of each row of the table below a heading."""
    found = search(rf"<h2>{heading}.*?<tbody>(.*?)</tbody>", page.replace("\n", " "))
    assert found is not None, page
    rows = findall(r"<tr>(.*?)</tr>", found[1])
    return [[unescape(cell) for cell in findall(r"<t[hd][^>]*>([^<]*)", row)] for row in rows]


def over_rest(reader: User, path: str, **query: str) -> list[dict[str, Any]]:
    client: APIClient = client_of(reader, proved=True)
    found: list[dict[str, Any]] = client.get(f"/api/v1/reports/{path}", query).json()["rows"]
    return found


def test_the_numbers_are_those_of_the_reports(reader: User, earned: Invoice) -> None:
    page = browser_of(reader).get(FIGURES, {**SPAN, "at": AT}).content.decode()
    revenue = over_rest(reader, "revenue", **SPAN, by="month")
    names = ("currency", "recognised", "refunds", "net", "tax", "fees", "bad_debt")
    assert [row[:8] for row in cells(page, heading="Revenue")] == [
        [row["period"][:7], *(row[name] for name in names)] for row in revenue
    ]
    assert ["2026-01", "EUR", "31.00"] in [row[:3] for row in cells(page, heading="Revenue")]
    balance = over_rest(reader, "trial-balance", at=AT)
    names = ("kind", "owner", "currency", "debit", "credit")
    shown = [row[:5] for row in cells(page, heading="Trial balance")]
    assert shown == [[row[name] for name in names] for row in balance]
    assert len(shown) >= 4


def test_recurring_revenue_is_that_of_the_report(reader: User, earned: Invoice) -> None:
    today = billing_now().date()
    span = {"since": str(today.replace(day=1)), "until": str(today + timedelta(days=1))}
    (row,) = over_rest(reader, "recurring-revenue", **span)
    (shown,) = cells(browser_of(reader).get(FIGURES, span).content.decode(), heading="Monthly recurring revenue")
    names = ("starting", "new", "reactivation", "expansion", "contraction", "churned", "ending")
    assert shown[:9] == [row["month"][:7], row["currency"], *(row[name] for name in names)]
    assert row["ending"] != "0.00"


def links(page: str, to: str) -> list[str]:
    return [unescape(link) for link in findall(rf'href="(/admin/payments/{to}/\?[^"]+)"', page)]


def test_each_row_leads_to_what_it_is_made_of(reader: User, earned: Invoice) -> None:
    browser = browser_of(reader)
    page = browser.get(FIGURES, {**SPAN, "at": AT}).content.decode()
    january = next(link for link in links(page, "bookentry") if "EUR" in link and "since=2026-01-01" in link)
    listed = browser.get(january).content.decode()
    keys = set(findall(r"revenue:[\d-]+:[0-9a-f-]{36}", listed))
    assert len(keys) == 31
    assert all(key.endswith(str(earned.pk)) for key in keys)
    assert "currency EUR" in listed
    assert "-1.00 EUR" in listed
    yen = next(link for link in links(page, "bookentry") if "kind=revenue" in link and "JPY" in link)
    listed = browser.get(yen).content.decode()
    assert "-30 JPY" in listed
    assert "1.00 EUR" not in listed


def test_recurring_revenue_leads_to_its_subscriptions(reader: User, earned: Invoice) -> None:
    browser = browser_of(reader)
    canceled, running = Subscription.objects.filter(changes__price__isnull=False).distinct().order_by("created_at")[:2]
    (link,) = links(browser.get(FIGURES).content.decode(), "subscription")
    listed = browser.get(link).content.decode()
    assert f"/admin/payments/subscription/{running.pk}/change/" in listed
    assert f"/admin/payments/subscription/{canceled.pk}/change/" not in listed


@pytest.mark.parametrize(
    ("report", "query"),
    [
        pytest.param("revenue", {**SPAN, "by": "month"}, id="revenue"),
        pytest.param("recurring-revenue", SPAN, id="recurring revenue"),
        pytest.param("trial-balance", {"at": AT}, id="trial balance"),
    ],
)
def test_files_are_those_of_the_reports(reader: User, earned: Invoice, report: str, query: dict[str, str]) -> None:
    browser = browser_of(reader)
    page = browser.get(FIGURES, {**SPAN, "at": AT}).content.decode()
    (link,) = findall(rf'href="({FIGURES}{report}\.csv[^"]*)"', page)
    file = browser.get(unescape(link))
    over_rest = client_of(reader, proved=True).get(f"/api/v1/reports/{report}.csv", query)
    assert file.content == over_rest.content
    assert file["Content-Type"] == "text/csv; charset=utf-8"


def test_without_anything_posted_it_says_so(reader: User) -> None:
    page = browser_of(reader).get(FIGURES).content.decode()
    assert "Nothing was posted in these months." in page
    assert "Nothing had been posted yet." in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        pytest.param({"since": "soon"}, "since: Date has wrong format", id="no day"),
        pytest.param({"since": "2026-02-01", "until": "2026-01-01"}, "Give a day after `since`.", id="backwards"),
        pytest.param({"since": "1990-01-01"}, "days can be shown at once", id="without end"),
        pytest.param({"at": "noon"}, "at: Datetime has wrong format", id="no moment"),
    ],
)
def test_wrong_dates_are_told(reader: User, query: dict[str, str], sentence: str) -> None:
    answer = browser_of(reader).get(FIGURES, query)
    assert answer.status_code == 400
    assert sentence in unescape(answer.content.decode())


def test_a_file_of_wrong_dates_or_of_no_report_is_refused(reader: User) -> None:
    browser = browser_of(reader)
    assert browser.get(f"{FIGURES}revenue.csv").status_code == 400
    assert browser.get(f"{FIGURES}profit.csv").status_code == 404


@pytest.mark.parametrize("path", ["", "revenue.csv", "trial-balance.csv"])
def test_nobody_else_sees_the_figures(path: str) -> None:
    browser = browser_of(staff("view_refund", "view_invoice"))
    assert browser.get(f"{FIGURES}{path}", SPAN).status_code == 403
    assert FIGURES not in browser.get("/admin/").content.decode()


def test_the_index_leads_to_the_figures(reader: User) -> None:
    assert FIGURES in browser_of(reader).get("/admin/").content.decode()


def test_more_figures_take_no_more_queries(reader: User) -> None:
    browser = browser_of(reader)
    counts = []
    for number in (1, 8):
        for month in range(number):
            at = JANUARY + timedelta(days=31 * month)
            an_invoice([Part(Decimal("59.00"), at, at + timedelta(days=59))], at=at)
        with CaptureQueriesContext(connections[DATABASE]) as queries:
            assert browser.get(FIGURES, {"since": "2026-01-01", "until": "2026-12-01"}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


@pytest.fixture
def lively() -> Client:
    """A browser of somebody who may see everything of a business in which all kinds of things have happened twice."""
    person = a_payer()
    for subscription in history(person.pk, subscriptions=3):
        refund_of(subscription)
    run = [Reconciliation.objects.create(provider="sandbox", since=billing_now()) for _ in range(2)]
    for number, reconciliation in enumerate(run):
        told = {"object_kind": "refund", "object_id": f"re_{number}", "theirs": "1.00 EUR"}
        Difference.objects.create(reconciliation=reconciliation, kind="missing_here", amount=Decimal(1), **told)
        Payout.objects.create(
            id=f"po_{number}", provider="sandbox", amount=Decimal(7), currency="EUR", status="paid",
            created_at=billing_now(),
        )  # fmt: skip
        ProviderNotice.objects.create(
            provider="sandbox", event_id=f"evt_{number}", type="refund.updated", object_kind="refund",
            object_id=f"re_{number}", created_at=billing_now(),
        )  # fmt: skip
    return browser_of(a_person(is_staff=True, is_superuser=True))


def address_of(model: Any) -> str:
    return f"/admin/payments/{model._meta.model_name}/"


@pytest.mark.parametrize("model", PAYMENTS, ids=lambda model: model._meta.model_name)
def test_no_list_asks_a_query_for_each_row(lively: Client, monkeypatch: pytest.MonkeyPatch, model: Any) -> None:
    lively.get(address_of(model))
    counts = []
    for rows in (1, 100):
        monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", rows)
        with CaptureQueriesContext(connections[DATABASE]) as queries:
            assert lively.get(address_of(model)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert model.objects.count() > 1 or model not in SEVERAL


@pytest.mark.parametrize("model", PAYMENTS, ids=lambda model: model._meta.model_name)
def test_money_is_shown_in_its_currency(lively: Client, model: Any) -> None:
    listed = lively.get(address_of(model)).content.decode()
    one = model.objects.order_by("pk").first()
    shown = lively.get(f"{address_of(model)}{str(one.pk).replace(':', '_3A')}/change/").content.decode()
    for page in (listed, shown):
        assert not findall(r"\b\d+[.,]\d{4}\b(?! %)", page)
    if model in MONEY:
        assert findall(r"\d+\.\d{2} EUR", listed)
        assert findall(r"\d+\.\d{2} EUR", shown)
