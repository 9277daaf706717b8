"""Money that came in and was transferred to our bank leaves nothing with the provider, and refunds race for nothing."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.apps import DATABASE
from apps.payments.errors import RefundTooLarge
from apps.payments.models import Payment, Refund
from apps.payments.ports import MovementKind, ProviderMovement
from apps.payments.provider import the_provider
from apps.payments.selectors.auditing import faults
from apps.payments.services import apply_payout, billing_now, request_refund
from tests.support.billing import a_payer, do_tasks, subscribed
from tests.support.books import totals
from tests.support.payers import paid
from tests.support.people import nobody
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.integration

AT_ONCE = 8


def refund(payment: Payment, amount: str) -> Refund:
    return request_refund(
        payment.pk,
        amount=Decimal(amount),
        currency="EUR",
        reason="duplicate",
        note="",
        staff_id=uuid7(),
        at=billing_now(),
    )


@pytest.mark.django_db(databases=["default", DATABASE])
def test_after_payments_refunds_and_a_payout_nothing_is_left_in_clearing() -> None:
    first, second = (Payment.objects.get(invoice__subscription=subscribed(a_payer())) for _ in range(2))
    refund(first, "10.00")
    do_tasks()
    fees = first.fee + second.fee
    assert totals()["provider_clearing"] == Decimal(88) - fees
    (payout,) = pay_out()
    apply_payout(the_provider().payout(payout.pk))
    assert "provider_clearing" not in totals()
    assert totals()["bank"] == Decimal(88) - fees
    assert faults() == []


@pytest.mark.django_db(databases=["default", DATABASE])
def test_what_the_provider_takes_besides_is_a_fee(monkeypatch: pytest.MonkeyPatch) -> None:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    (made,) = pay_out()
    taken = ProviderMovement(
        id="txn_adjustment",
        kind=MovementKind.ADJUSTMENT,
        source_id="card account updater",
        amount=Decimal("-0.40"),
        fee=Decimal(0),
        currency="EUR",
        created_at=now(),
    )
    movements = [*the_provider().movements(made.pk), taken]
    monkeypatch.setattr(the_provider(), "movements", lambda payout_id: iter(movements))
    told = the_provider().payout(made.pk)
    apply_payout(replace(told, amount=told.amount - Decimal("0.40")))
    assert "provider_clearing" not in totals()
    assert totals()["fees"] == payment.fee + Decimal("0.40")
    assert faults() == []


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database that keeps what is committed, as threads with connections of their own see it."""
    with django_db_blocker.unblock(), Snapshot("default"), Snapshot(DATABASE):
        yield


@pytest.mark.usefixtures("world")
def test_of_many_refunds_at_once_no_more_is_given_than_was_paid() -> None:
    payment = Payment.objects.get(invoice__subscription=paid(nobody()))
    together, results = threading.Barrier(AT_ONCE), []

    def ask() -> None:
        together.wait()
        try:
            results.append(refund(payment, "10.00").status)
        except RefundTooLarge:
            results.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["pending"] * 4 + ["refused"] * 4
    assert Refund.objects.count() == 4
