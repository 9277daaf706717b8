"""Kill -9 at each write of settling, renewing, refunding, paying out and reconciling: the end is the same."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoDbBlocker

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.models import Payment, Reconciliation
from apps.payments.services import (
    advance_clock,
    billing_now,
    reconcile,
    request_refund,
    start_subscription,
)
from apps.payments.services.reconciling.report import LEASE
from tests.support.billing import PRICE, WEBHOOKS, a_payer, checkout_begun, subscribed
from tests.support.checkout import GOOD_CARD, pay
from tests.support.fates import die_in, points_of
from tests.support.sameness import differences, state
from tests.support.snapshots import Snapshot
from workers.app import app

pytestmark = pytest.mark.timeout(600)

Deed = Callable[[], object]
NOTHING: Collection[str] = ()
REPORTS = ("payments_reconciliation", "payments_difference")


@dataclass(frozen=True)
class Story:
    """How a deed begins: `begin` sets the world up and returns it. `apart` are tables that may differ."""

    name: str
    begin: Callable[[], Deed]
    apart: Collection[str] = NOTHING


def work() -> None:
    """Do the tasks that payments has asked for, each at least once, until none is left; webhooks stay unsent."""
    asked = OutboxMessage.objects.using(DATABASE).filter(kind=OutboxMessage.Kind.TASK, published_at=None)
    while task := asked.exclude(name=WEBHOOKS).order_by("id").first():
        app.tasks[task.name](*json.loads(task.body))
        task.published_at = now()
        task.save(update_fields=["published_at"])


def beginning_to_collect() -> Deed:
    start_subscription(a_payer().pk, lookup_key=PRICE, country="DE", trial=False, at=billing_now())
    return work


def settling() -> Deed:
    payment = silently_paid()

    def settle() -> None:
        app.tasks["payments.ask_provider"](str(payment.pk))
        work()

    return settle


def renewing() -> Deed:
    subscribed(a_payer())
    advance_clock(timedelta(days=32))
    return work


def refunding() -> Deed:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    request_refund(
        payment.pk,
        amount=Decimal("10.00"),
        currency="EUR",
        reason="requested_by_customer",
        note="",
        staff_id=uuid7(),
        at=billing_now(),
    )
    return work


def reconciling() -> Deed:
    silently_paid()
    silently_paid()

    def compare() -> None:
        Reconciliation.objects.filter(finished_at=None).update(alive_at=now() - LEASE)  # the dead one's time is over
        reconcile(now() - timedelta(hours=1))
        work()

    return compare


STORIES = (
    Story("beginning to collect", beginning_to_collect),
    Story("settling", settling),
    Story("renewing", renewing),
    Story("refunding", refunding),
)
LONG = Story("reconciling", reconciling, apart=REPORTS)


def silently_paid() -> Payment:
    """Return a payment that was made, of which we do not know yet."""
    payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    pay(payment.page_url, card=GOOD_CARD)
    return payment


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed, for processes of their own; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot("default", name="before"), Snapshot(DATABASE, name="before"):
        yield


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("story", [*STORIES, pytest.param(LONG, marks=pytest.mark.chaos)], ids=lambda story: story.name)
def test_dying_at_any_write_changes_nothing(story: Story) -> None:
    deed = story.begin()
    with Snapshot(DATABASE) as beginning:
        points = points_of(deed, using=DATABASE)
        calm = state(without=story.apart)
        for number, point in enumerate(points, 1):
            beginning.restore()
            die_in(deed, using=DATABASE, fatal=number)
            deed()
            assert differences(calm, state(without=story.apart)) == [], f"died at {number}, {point}"
    assert "after commit" in points
