"""Payouts: booked once when they are paid, taken back when they fail, and reported where we do not know the source."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from apps.kernel.clock import now
from apps.kernel.ledger.verify import trial_balance, unbalanced_transactions
from apps.payments.apps import DATABASE
from apps.payments.models import Payment, Payout
from apps.payments.ports import MovementKind, ProviderMovement, ProviderPayout
from apps.payments.provider import the_provider
from apps.payments.services import apply_payout
from apps.payments.services.reconciling.payouts import Payouts
from tests.support.billing import a_payer, subscribed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

Lay = Callable[[Sequence[ProviderMovement]], None]


@pytest.fixture
def payment() -> Payment:
    """A payment that settled: its amount less its fee stands in clearing."""
    return Payment.objects.get(invoice__subscription=subscribed(a_payer()))


@pytest.fixture
def lay(monkeypatch: pytest.MonkeyPatch) -> Lay:
    """Let the provider say what a payout is made of."""

    def laid(movements: Sequence[ProviderMovement]) -> None:
        monkeypatch.setattr(the_provider(), "movements", lambda payout_id: iter(movements))

    return laid


def charge(payment: Payment, **instead: object) -> ProviderMovement:
    told = {
        "id": "txn_1",
        "kind": MovementKind.CHARGE,
        "source_id": payment.intent_id,
        "amount": payment.amount,
        "fee": payment.fee,
        "currency": payment.currency,
        "created_at": now(),
    }
    return ProviderMovement(**{**told, **instead})  # type: ignore[arg-type] # a test's own values


def payout(payment: Payment, *, status: str = "paid") -> ProviderPayout:
    return ProviderPayout(
        id="po_1", amount=payment.amount - payment.fee, currency=payment.currency, status=status, created_at=now()
    )


def total(kind: str) -> Decimal:
    """Return what all accounts of a kind come to."""
    return sum((line.total for line in trial_balance(using=DATABASE) if line.kind == kind), Decimal(0))


def test_a_paid_payout_brings_clearing_to_zero(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    assert total("provider_clearing") == payment.amount - payment.fee
    apply_payout(payout(payment))
    assert (total("provider_clearing"), total("bank")) == (Decimal(0), payment.amount - payment.fee)
    assert unbalanced_transactions(using=DATABASE) == 0


def test_ten_times_is_booked_once(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    booked = {apply_payout(payout(payment)).booked_at for _ in range(10)}
    assert len(booked) == 1
    assert total("bank") == payment.amount - payment.fee
    assert Payout.objects.count() == 1


def test_what_is_on_its_way_is_not_booked(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    assert apply_payout(payout(payment, status="in_transit")).booked_at is None
    assert total("bank") == Decimal(0)
    assert apply_payout(payout(payment)).booked_at is not None


def test_a_late_snapshot_takes_nothing_back(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    apply_payout(payout(payment))
    assert apply_payout(payout(payment, status="in_transit")).status == "paid"
    assert total("bank") == payment.amount - payment.fee


def test_one_that_the_bank_returns_is_taken_back_once(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    apply_payout(payout(payment))
    for _ in range(3):
        apply_payout(payout(payment, status="failed"))
    assert (total("bank"), total("provider_clearing")) == (Decimal(0), payment.amount - payment.fee)
    assert apply_payout(payout(payment)).status == "failed"
    assert total("bank") == Decimal(0)


def test_one_that_failed_before_it_was_paid_was_never_booked(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    kept = apply_payout(payout(payment, status="failed"))
    late = apply_payout(payout(payment))
    assert (kept.booked_at, late.booked_at, late.status, total("bank")) == (None, None, "failed", Decimal(0))


def test_a_movement_of_which_we_do_not_know_the_source_is_reported(payment: Payment, lay: Lay) -> None:
    lay([charge(payment), charge(payment, id="txn_2", source_id="pi_of_another_system")])
    with capture_logs() as logs:
        apply_payout(payout(payment))
    (reported,) = [line for line in logs if line["event"] == "payout.unknown_movement"]
    assert (reported["movement_id"], reported["source_id"]) == ("txn_2", "pi_of_another_system")


def test_the_reconciler_sees_sums_sources_and_fees_that_differ(payment: Payment, lay: Lay) -> None:
    lay([charge(payment, fee=payment.fee + 1), charge(payment, id="txn_2", source_id="pi_of_another_system")])
    apply_payout(payout(payment))
    kinds = sorted((finding.kind.value, finding.object_id) for finding in Payouts().compare([payout(payment)]))
    assert kinds == [("amount", "po_1"), ("fee", "txn_1"), ("missing_here", "txn_2")]


def test_the_reconciler_is_content_with_what_was_booked(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    assert [finding.repairable for finding in Payouts().compare([payout(payment)])] == [True]
    apply_payout(payout(payment))
    assert Payouts().compare([payout(payment)]) == []


def test_what_a_dispute_takes_is_a_chargeback_and_what_it_costs_a_fee(payment: Payment, lay: Lay) -> None:
    taken = charge(payment, id="txn_2", kind=MovementKind.DISPUTE, source_id="du_1", amount=-payment.amount, fee=15)
    lay([charge(payment), taken])
    with capture_logs() as logs:
        apply_payout(replace(payout(payment), amount=-payment.fee - 15))
    assert (total("provider_clearing"), total("chargebacks")) == (Decimal(0), payment.amount)
    assert total("fees") == payment.fee + 15
    assert [line["source_id"] for line in logs if line["event"] == "payout.unknown_movement"] == ["du_1"]


def test_what_our_bank_returned_is_paid_out_again_and_earns_nothing(payment: Payment, lay: Lay) -> None:
    lay([charge(payment)])
    apply_payout(payout(payment))
    apply_payout(payout(payment, status="failed"))
    net = payment.amount - payment.fee
    lay([charge(payment, id="txn_2", kind=MovementKind.RESERVE, source_id="po_1", amount=net, fee=Decimal(0))])
    with capture_logs() as logs:
        apply_payout(replace(payout(payment), id="po_2"))
    assert [line for line in logs if line["event"] == "payout.unknown_movement"] == []
    assert (total("provider_clearing"), total("bank"), total("fees")) == (Decimal(0), net, payment.fee)


def test_what_the_provider_keeps_back_stays_in_clearing(payment: Payment, lay: Lay) -> None:
    kept = charge(payment, id="txn_2", kind=MovementKind.RESERVE, source_id="txn_2", amount=Decimal(-10), fee=0)
    lay([charge(payment), kept])
    apply_payout(replace(payout(payment), amount=payment.amount - payment.fee - 10))
    assert (total("provider_clearing"), total("fees")) == (Decimal(10), payment.fee)
