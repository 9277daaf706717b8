"""The catalogue as staff edit it, and what payments is to those who may only read."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.kernel.audit.models import AuditEntry
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.admin.catalogue_forms import PlanForm
from apps.payments.apps import DATABASE
from apps.payments.models import Invoice, Plan, Price, Subscription, TaxRate
from apps.payments.services import seed_catalogue
from tests.support.payers import paid
from tests.support.people import a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

ADMIN = "/admin/payments"


@pytest.fixture
def desk(client):
    """The admin, with a superuser before it and a catalogue to edit."""
    seed_catalogue()
    client.force_login(a_person(is_staff=True, is_superuser=True), backend="apps.users.backends.GuardedBackend")
    return client


def asked(task):
    rows = OutboxMessage.objects.using(DATABASE).filter(name=task).order_by("id")
    return [json.loads(row.body) for row in rows]


def plan_form(plan, **values):
    """Return the plan's page filled in as it stands, but for these features."""
    features = list(plan.features.all())
    form = {
        "name": plan.name, "description": plan.description, "rank": plan.rank, "trial_days": plan.trial_days,
        "active": "on", "features-TOTAL_FORMS": len(features), "features-INITIAL_FORMS": len(features),
        "prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0, "seen": PlanForm(instance=plan).initial["seen"],
    }  # fmt: skip
    for number, feature in enumerate(features):
        value = values.get(feature.feature_id, json.dumps(feature.value))
        form |= {
            f"features-{number}-id": feature.pk,
            f"features-{number}-plan": plan.pk,
            f"features-{number}-feature": feature.feature_id,
            f"features-{number}-value": value,
        }
    return form


def price_form(plan):
    """Return the page of a new price, filled in."""
    return {
        "plan": plan.pk, "lookup_key": "pro-eur-month-2027", "currency": "EUR", "interval": "month",
        "interval_count": 1, "unit_amount": "59", "tax_behavior": "inclusive", "active": "on",
    }  # fmt: skip


def errors_of(answer):
    return answer.content.decode()


def test_a_changed_feature_is_stated_to_everybody_on_the_plan_and_in_the_audit_log(desk):
    plan = Plan.objects.get(code="pro")
    form = plan_form(plan, **{"trading.max_follows": "250"})
    assert desk.post(f"{ADMIN}/plan/{plan.pk}/change/", form).status_code == 302
    assert plan.features.get(feature="trading.max_follows").value == 250
    assert [body[0] for body in asked("payments.restate_plan")] == [plan.pk]
    assert len(asked("payments.forget_plans")) == 1
    assert AuditEntry.objects.using(DATABASE).filter(object=f"payments.plan/{plan.pk}").exists()


def test_another_name_is_read_anew_and_stated_to_nobody(desk):
    plan = Plan.objects.get(code="pro")
    form = {**plan_form(plan), "name": "Professional"}
    assert desk.post(f"{ADMIN}/plan/{plan.pk}/change/", form).status_code == 302
    assert asked("payments.restate_plan") == []
    assert len(asked("payments.forget_plans")) == 1


@pytest.mark.parametrize(
    ("feature", "value", "sentence"),
    [
        ("signals.realtime", "1", "signals.realtime takes true or false."),
        ("trading.max_follows", "true", "trading.max_follows takes a whole number."),
        ("education.tier", "3", "education.tier takes a text in quotation marks."),
        ("education.tier", '"nope"', "education.tier takes one of free, basic, pro."),
        ("signals.delay_minutes", "-5", "signals.delay_minutes takes 0 to 10080."),
        ("signals.delay_minutes", "1" + "0" * 400, "signals.delay_minutes takes 0 to 10080."),
        ("trading.max_follows", "-1", "trading.max_follows takes 0 to 1000000."),
    ],
)
def test_a_feature_takes_what_the_contexts_can_honour(desk, feature, value, sentence):
    plan = Plan.objects.get(code="pro")
    answer = desk.post(f"{ADMIN}/plan/{plan.pk}/change/", plan_form(plan, **{feature: value}))
    assert sentence in errors_of(answer)
    assert asked("payments.restate_plan") == []


def test_the_page_of_a_price_says_that_amounts_never_change_and_offers_no_field_for_it(desk):
    price = Price.objects.get(lookup_key="pro-eur-month")
    page = desk.get(f"{ADMIN}/price/{price.pk}/change/").content.decode()
    assert "An amount never changes" in page
    assert 'name="unit_amount"' not in page
    desk.post(f"{ADMIN}/price/{price.pk}/change/", {"unit_amount": "1", "active": ""})
    price.refresh_from_db()
    assert (price.unit_amount, price.active) == (Decimal(49), False)


def test_another_amount_is_another_price(desk):
    plan = Plan.objects.get(code="pro")
    assert desk.post(f"{ADMIN}/price/add/", price_form(plan)).status_code == 302
    assert Price.objects.get(lookup_key="pro-eur-month-2027").unit_amount == 59
    assert len(asked("payments.forget_plans")) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"currency": "ZZZ"}, "Nothing is sold in ZZZ: give one of AUD,"),
        ({"currency": "eur"}, "Nothing is sold in eur"),
        ({"unit_amount": "0"}, "A price is more than zero"),
        ({"unit_amount": "-5"}, "A price is more than zero"),
        ({"unit_amount": "1.005"}, "EUR has 2 decimal places: nobody can pay 1.005"),
        ({"currency": "JPY", "unit_amount": "4900.5"}, "JPY has 0 decimal places"),
        ({"unit_amount": "500000"}, "at most 499999.99 EUR"),
        ({"interval_count": "0"}, "A period is 1 to 36 months long."),
        ({"interval": "year", "interval_count": "4"}, "A period is 1 to 3 years long."),
    ],
)
def test_a_price_that_nobody_could_pay_is_refused_in_a_sentence(desk, wrong, sentence):
    form = {**price_form(Plan.objects.get(code="pro")), **wrong}
    assert sentence in errors_of(desk.post(f"{ADMIN}/price/add/", form))
    assert not Price.objects.filter(lookup_key=form["lookup_key"]).exists()


def test_the_plan_of_those_without_one_is_neither_sold_nor_taken_off_the_list(desk):
    free = Plan.objects.get(fallback=True)
    assert "nobody can buy it" in errors_of(desk.post(f"{ADMIN}/price/add/", price_form(free)))
    form = plan_form(free)
    del form["active"]
    assert "it stays on the price list" in errors_of(desk.post(f"{ADMIN}/plan/{free.pk}/change/", form))
    free.refresh_from_db()
    assert (free.active, free.prices.count()) == (True, 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rank": "10"}, "Basic has this rank"),
        ({"trial_days": "731"}, "A trial is at most 730 days long."),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_a_sentence(desk, wrong, sentence):
    plan = Plan.objects.get(code="pro")
    answer = desk.post(f"{ADMIN}/plan/{plan.pk}/change/", {**plan_form(plan), **wrong})
    assert sentence in errors_of(answer)


def test_of_two_who_edit_a_plan_at_once_the_second_is_told(desk):
    plan = Plan.objects.get(code="basic")
    first = plan_form(plan, **{"trading.max_follows": "4"})
    second = {**plan_form(plan), "description": "Better."}
    assert desk.post(f"{ADMIN}/plan/{plan.pk}/change/", first).status_code == 302
    assert "Somebody else has changed this plan meanwhile" in errors_of(
        desk.post(f"{ADMIN}/plan/{plan.pk}/change/", second)
    )
    assert plan.features.get(feature="trading.max_follows").value == 4
    assert len(asked("payments.restate_plan")) == 1


@pytest.mark.parametrize(
    ("country", "first", "last", "sentence"),
    [
        ("DE", "2026-01-01", "", "DE VAT 19 % holds from 2021-01-01 to further notice: end it first."),
        ("CH", "2023-12-31", "2024-01-01", "CH VAT 7.7 % holds from 2020-01-01 to 2024-01-01: end it first."),
        ("ZZ", "2026-01-01", "", "There is no country ZZ"),
        ("JP", "2026-01-01", "2026-01-01", "A rate ends after the day on which it begins."),
    ],
    ids=["open end", "the last day", "no such country", "no day at all"],
)
def test_a_rate_of_tax_is_refused_in_a_sentence(desk, country, first, last, sentence):
    before = TaxRate.objects.count()
    form = {"country": country, "name": "VAT", "percentage": "10", "valid_from": first, "valid_to": last}
    answer = desk.post(f"{ADMIN}/taxrate/add/", form)
    assert answer.status_code == 200
    assert sentence in errors_of(answer)
    assert TaxRate.objects.count() == before


def test_staff_are_told_of_days_on_which_nothing_would_be_charged(desk):
    german = TaxRate.objects.get(country="DE")
    ended = desk.post(f"{ADMIN}/taxrate/{german.pk}/change/", {"valid_to": "2027-01-01"}, follow=True)
    assert "From 2027-01-01 on no tax of DE holds: none is charged then." in errors_of(ended)
    form = {"country": "DE", "name": "VAT", "percentage": "20", "valid_from": "2027-02-01", "valid_to": ""}
    late = desk.post(f"{ADMIN}/taxrate/add/", form, follow=True)
    assert "From 2027-01-01 to 2027-02-01 no tax of DE holds: none is charged then." in errors_of(late)
    mended = desk.post(f"{ADMIN}/taxrate/{german.pk}/change/", {"valid_to": "2027-02-01"}, follow=True)
    assert "none is charged then" not in errors_of(mended)


@pytest.mark.parametrize("percentage", ["-1", "101"])
def test_a_tax_is_a_share_of_a_hundred(desk, percentage):
    form = {"country": "JP", "name": "VAT", "percentage": percentage, "valid_from": "2026-01-01", "valid_to": ""}
    assert "A tax is 0 to 100 percent." in errors_of(desk.post(f"{ADMIN}/taxrate/add/", form))
    assert not TaxRate.objects.filter(country="JP").exists()


def test_a_rate_that_ended_makes_room_for_the_next(desk):
    german = TaxRate.objects.get(country="DE")
    assert desk.post(f"{ADMIN}/taxrate/{german.pk}/change/", {"valid_to": "2027-01-01"}).status_code == 302
    form = {"country": "DE", "name": "VAT", "percentage": "20", "valid_from": "2027-01-01", "valid_to": ""}
    assert desk.post(f"{ADMIN}/taxrate/add/", form).status_code == 302
    assert desk.post(f"{ADMIN}/taxrate/{german.pk}/change/", {"valid_to": ""}).status_code == 200
    german.refresh_from_db()
    assert (german.percentage, german.valid_to) == (Decimal(19), date(2027, 1, 1))


def test_the_database_refuses_what_would_overlap_too():
    seed_catalogue()
    with pytest.raises(IntegrityError), transaction.atomic(using=DATABASE):
        TaxRate.objects.create(country="DE", percentage=1, valid_from=date(2026, 1, 1))


def test_what_services_write_is_read_with_its_history_and_nobody_edits_it(desk):
    subscription = paid(a_person().pk)
    invoice = Invoice.objects.get(subscription=subscription)
    customer = subscription.customer_id
    for page in ("customer", "subscription", "invoice", "payment", "plan", "feature", "price", "taxrate"):
        assert desk.get(f"{ADMIN}/{page}/").status_code == 200, page
    shown = desk.get(f"{ADMIN}/subscription/{subscription.pk}/change/").content.decode()
    assert "created" in shown
    assert "paid" in shown
    assert "INV-000001" in desk.get(f"{ADMIN}/invoice/{invoice.pk}/change/").content.decode()
    assert desk.get(f"{ADMIN}/customer/{customer}/change/").status_code == 200
    pdf = desk.get(f"{ADMIN}/invoice/{invoice.pk}/pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert "no-store" in pdf["Cache-Control"]
    assert desk.post(f"{ADMIN}/subscription/{subscription.pk}/change/", {"status": "canceled"}).status_code == 403
    assert Subscription.objects.get(pk=subscription.pk).status == "active"


def test_lists_ask_no_query_for_each_row(desk, django_assert_max_num_queries):
    for _ in range(3):
        paid(a_person().pk)
    for page in ("customer", "subscription", "invoice", "payment"):
        with django_assert_max_num_queries(8, using=DATABASE):
            desk.get(f"{ADMIN}/{page}/")


def test_staff_without_the_right_print_nothing(client):
    subscription = paid(a_person().pk)
    client.force_login(a_person(is_staff=True), backend="apps.users.backends.GuardedBackend")
    invoice = Invoice.objects.get(subscription=subscription)
    assert client.get(f"{ADMIN}/invoice/{invoice.pk}/pdf").status_code == 403
