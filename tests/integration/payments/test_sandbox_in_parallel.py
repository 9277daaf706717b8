"""Several who do the same at once, each on a connection of their own; and one who dies in the middle of paying."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.kernel.ids import uuid7
from apps.payments.adapters.sandbox.models import Event, Intent, Movement, Payout, Refund
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.provider import SandboxProvider
from apps.payments.apps import DATABASE
from apps.payments.errors import ProviderRefused
from apps.payments.ports import IntentStatus, ProviderIntent
from tests.integration.payments.provider_suite import AMOUNT, begun
from tests.support.checkout import GOOD_CARD, ONCE_3DS, pay
from tests.support.fates import die_in, points_of
from tests.support.sameness import differences, state
from tests.support.snapshots import Snapshot

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

AT_ONCE = 6
CARD = {"do": "pay", "number": GOOD_CARD, "expiry": "12/39", "cvc": "123"}


@pytest.fixture(autouse=True)
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot(DATABASE, name="before"):
        yield


@pytest.fixture
def provider() -> SandboxProvider:
    return SandboxProvider()


@pytest.fixture
def payer(provider: SandboxProvider) -> str:
    person = uuid7()
    return provider.create_customer(key=f"c:{person}", customer_id=person, email="payer@example.com")


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same time and return what came of each."""
    gate = Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as hands:
        return list(hands.map(do, deeds))


def page_of(intent: ProviderIntent) -> str:
    return "/sandbox/" + (intent.page_url or "").partition("/sandbox/")[2]


def press(intent: ProviderIntent, form: dict[str, str]) -> Callable[[], int]:
    return lambda: Client().post(page_of(intent), form).status_code


def test_who_presses_twice_pays_once(provider: SandboxProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    assert at_once(*[press(intent, CARD)] * AT_ONCE) == [303] * AT_ONCE
    assert Movement.objects.get().amount == AMOUNT
    assert Event.objects.filter(type="payment_intent.succeeded").count() == 1


def test_who_confirms_and_refuses_at_once_does_one_of_them(provider: SandboxProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    Client().post(page_of(intent), {**CARD, "number": ONCE_3DS})
    at_once(press(intent, {"do": "confirm"}), press(intent, {"do": "refuse"}))
    after = provider.intent(intent.id)
    paid = after.status == IntentStatus.SUCCEEDED
    assert (after.failure_code, Movement.objects.count()) == ((None, 1) if paid else ("authentication_failed", 0))


def test_paying_and_canceling_at_once_does_one_of_them(provider: SandboxProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    _, canceled = at_once(press(intent, CARD), lambda: provider.cancel_intent(intent.id, key="x"))
    after = provider.intent(intent.id)
    assert after.status == canceled.status
    assert Movement.objects.count() == (after.status == IntentStatus.SUCCEEDED)


def test_the_same_key_at_once_makes_one_payment(provider: SandboxProvider, payer: str) -> None:
    payment = uuid7()
    made = at_once(*[lambda: begun(provider, payer, payment).id] * AT_ONCE)
    assert len(set(made)) == 1
    assert Intent.objects.count() == 1


def test_refunds_at_once_never_exceed_the_payment(provider: SandboxProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    pay(intent.page_url or "")

    def give() -> bool:
        ours = uuid7()
        try:
            provider.create_refund(
                key=f"refund:{ours}", refund_id=ours, intent_id=intent.id, amount=Decimal("20.00"), currency="EUR"
            )
        except ProviderRefused:
            return False
        return True

    assert sum(at_once(*[give] * AT_ONCE)) == 2
    assert (Refund.objects.count(), provider.intent(intent.id).amount_refunded) == (2, Decimal("40.00"))


def test_two_payouts_at_once_pay_out_once(provider: SandboxProvider, payer: str) -> None:
    for _ in range(3):
        pay(begun(provider, payer, uuid7()).page_url or "")
    at_once(*[pay_out] * AT_ONCE)
    payout = Payout.objects.get()
    assert payout.amount == 3 * (AMOUNT - Decimal("1.72"))
    assert Movement.objects.filter(payout=payout).count() == 3


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda intent: press(intent, CARD)(), id="paying"),
        pytest.param(lambda intent: pay_out(), id="paying out"),
    ],
)
def test_dying_at_any_write_changes_nothing(
    provider: SandboxProvider, payer: str, deed: Callable[[ProviderIntent], object]
) -> None:
    pay(begun(provider, payer, uuid7()).page_url or "")
    intent = begun(provider, payer, uuid7())
    with Snapshot(DATABASE) as beginning:
        points = points_of(lambda: deed(intent), using=DATABASE)
        calm = state()
        for number, point in enumerate(points, 1):
            beginning.restore()
            die_in(lambda: deed(intent), using=DATABASE, fatal=number)
            deed(intent)
            assert differences(calm, state()) == [], f"died at {number}, {point}"
    assert "after commit" in points
