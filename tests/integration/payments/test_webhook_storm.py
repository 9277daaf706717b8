"""Webhooks doubled ten times, shuffled, and a fifth of them lost: after the reconciler all is as in calm weather."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoDbBlocker

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.apps import DATABASE
from apps.payments.models import Payment, Reconciliation
from apps.payments.ports import Notice
from apps.payments.provider import the_provider
from apps.payments.services import advance_clock, billing_now, reconcile, request_refund, seed_catalogue
from tests.support.billing import a_payer, checkout_begun, do_tasks
from tests.support.checkout import DECLINED_CARD, GOOD_CARD, pay
from tests.support.sameness import State, differences, state
from tests.support.snapshots import Snapshot
from tests.support.webhooks import a_stranger, body_of, deliver, stormy

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PAYERS = 12
SEED = 14
REPORTS = ("payments_reconciliation", "payments_difference")

Weather = Callable[[Sequence[Notice]], Iterable[Notice]]


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot("default", name="before"), Snapshot(DATABASE, name="before"):
        yield


def calm(notices: Sequence[Notice]) -> Iterable[Notice]:
    """Each webhook once, in its order."""
    return notices


def storm(notices: Sequence[Notice]) -> Iterable[Notice]:
    """As little of it as may be."""
    return stormy(notices, copies=10, lost=0.2, dice=random.Random(SEED))


def play(weather: Weather) -> State:
    """Sell, decline, refund and renew, with webhooks in some weather; return what all has come to."""
    began, heard = now() - timedelta(minutes=1), set[str]()
    payments = [Payment.objects.get(invoice__subscription=checkout_begun(a_payer())) for _ in range(PAYERS)]
    for number, payment in enumerate(payments):
        if number % 3 == 0:
            pay(payment.page_url, card=DECLINED_CARD)
        pay(payment.page_url, card=GOOD_CARD)
    _hear(weather, heard, since=began)
    for payment in payments[::4]:
        request_refund(
            payment.pk,
            amount=Decimal("10.00"),
            currency="EUR",
            reason="requested_by_customer",
            note="",
            staff_id=uuid7(),
            at=billing_now(),
        )
    do_tasks()
    _hear(weather, heard, since=began)
    advance_clock(timedelta(days=32))
    do_tasks()
    _hear(weather, heard, since=began)
    return state(without=REPORTS)


def _hear(weather: Weather, heard: set[str], *, since: datetime) -> None:
    """Let the provider tell what is new, do what follows, and in bad weather reconcile."""
    news = [notice for notice in the_provider().notices(since=since) if notice.event_id not in heard]
    heard |= {notice.event_id for notice in news}
    provider = a_stranger()
    for notice in weather(news):
        assert deliver(provider, body_of(notice)).status_code == 200
    do_tasks()
    if weather is not calm:
        reconcile(since)
        do_tasks()


@pytest.mark.usefixtures("world")
def test_a_storm_changes_nothing() -> None:
    seed_catalogue()
    with Snapshot(DATABASE) as beginning:
        in_calm = play(calm)
        beginning.restore()
        in_storm = play(storm)
        assert Reconciliation.objects.filter(differences__kind="unhandled_notice").exists()
        assert differences(in_calm, in_storm) == []
    assert sum(in_calm["payments_payment"].values()) == 2 * PAYERS
