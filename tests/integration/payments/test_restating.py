"""What staff change about a plan reaches everybody on it, whoever dies on the way."""

import json

import pytest

from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.models import Customer, Plan
from apps.payments.services import billing_now, cancel_subscription, restate_plan, restating, welcome
from apps.payments.services.restating import THE_FIRST
from tests.support.payers import begun, paid
from tests.support.people import a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

TASK = "payments.restate_plan"


def told():
    rows = OutboxMessage.objects.using(DATABASE).filter(name="subscription.changed").order_by("id")
    bodies = [json.loads(row.body) for row in rows]
    return [event["data"] for body in bodies for event in (body if isinstance(body, list) else [body])]


def forget_what_was_told():
    OutboxMessage.objects.using(DATABASE).all().delete()


def change_plan(code, **features):
    plan = Plan.objects.get(code=code)
    for name, value in features.items():
        plan.features.filter(feature=name.replace("__", ".")).update(value=value)
    return plan


def restate_all(plan):
    """Do the task for every page, as a worker would."""
    after = THE_FIRST
    while after is not None:
        restate_plan(plan.pk, after=after)
        asked = OutboxMessage.objects.using(DATABASE).filter(name=TASK).order_by("-id").first()
        after = None if asked is None else _next_page(asked)


def _next_page(asked):
    after = json.loads(asked.body)[1]
    asked.delete()
    return after


def test_subscribers_are_told_and_nobody_else():
    subscriber, other, nobody = a_person(), a_person(), a_person()
    subscription = paid(subscriber.pk)
    paid(other.pk, price="basic-eur-month")
    welcome([nobody.pk], at=billing_now())
    forget_what_was_told()
    restate_all(change_plan("pro", trading__max_follows=250))
    (stated,) = told()
    assert (stated["user_id"], stated["plan"], stated["status"]) == (str(subscriber.pk), "pro", "active")
    assert stated["features"]["trading.max_follows"] == 250
    assert stated["subscription_id"] == str(subscription.pk)
    assert stated["valid_until"] is not None
    assert stated["standing_version"] == Customer.objects.get(user_id=subscriber.pk).standing_version


def test_the_plan_of_everybody_reaches_those_who_have_no_other():
    subscriber, ended, waiting, nobody = a_person(), a_person(), a_person(), a_person()
    paid(subscriber.pk)
    cancel_subscription(ended.pk, paid(ended.pk).pk, at_period_end=False, at=billing_now())
    begun(waiting.pk)
    welcome([nobody.pk], at=billing_now())
    forget_what_was_told()
    restate_all(change_plan("free", signals__delay_minutes=30))
    stated = {data["user_id"]: data for data in told()}
    assert set(stated) == {str(person.pk) for person in (ended, waiting, nobody)}
    assert {data["features"]["signals.delay_minutes"] for data in stated.values()} == {30}
    assert {data["plan"] for data in stated.values()} == {"free"}
    assert [stated[str(person.pk)]["status"] for person in (ended, waiting, nobody)] == ["canceled", "incomplete", None]


def test_pages_follow_one_another_and_nobody_is_left_out(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(restating, "CUSTOMERS_PER_PAGE", 4)
    begun(a_person().pk)
    welcome([uuid7() for _ in range(9)], at=billing_now())
    forget_what_was_told()
    plan = change_plan("free", signals__delay_minutes=30)
    with django_assert_max_num_queries(15, using=DATABASE):
        restate_plan(plan.pk, after=THE_FIRST)
    assert len(told()) == 4
    restate_all(plan)
    people = [data["user_id"] for data in told()]
    assert set(people) == {str(user) for user in Customer.objects.values_list("user_id", flat=True)}


def test_twice_is_harmless():
    person = a_person()
    paid(person.pk)
    forget_what_was_told()
    plan = change_plan("pro", trading__max_follows=250)
    for _ in range(2):
        restate_plan(plan.pk, after=THE_FIRST)
    first, second = told()
    assert second["standing_version"] == first["standing_version"] + 1
    assert {**second, "standing_version": 0, "changed_at": ""} == {**first, "standing_version": 0, "changed_at": ""}
