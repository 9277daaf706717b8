"""Refunds that take their time or come back, from the sandbox through our books to the payout."""

from decimal import Decimal

import pytest

from apps.kernel.ids import uuid7
from apps.kernel.ledger.verify import trial_balance, unbalanced_transactions
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.apps import DATABASE
from apps.payments.models import Payment, Refund
from apps.payments.ports import ObjectKind
from apps.payments.provider import the_provider
from apps.payments.services import apply_payout, billing_now, request_refund
from apps.payments.services.noticing import apply_object
from tests.support.billing import a_payer, do_tasks, subscribed
from tests.support.checkout import GOOD_CARD, NEVER_REFUNDED, REFUNDED_LATER

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]


@pytest.mark.parametrize(
    ("card", "status", "left", "paid_out"),
    [
        pytest.param(GOOD_CARD, "succeeded", "10.00", "37.28", id="at once"),
        pytest.param(REFUNDED_LATER, "succeeded", "10.00", "37.28", id="later"),
        pytest.param(NEVER_REFUNDED, "failed", "0.00", "47.28", id="not at all"),
    ],
)
def test_clearing_is_empty_after_the_payout(card: str, status: str, left: str, paid_out: str) -> None:
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer(), card=card))
    refund = refunded(payment)
    assert (refund.status, payment_of(refund).refunded) == (status, Decimal(left))
    (payout,) = pay_out()
    apply_payout(the_provider().payout(payout.pk))
    totals = {line.kind: line.total for line in trial_balance(using=DATABASE)}
    assert totals["bank"] == Decimal(paid_out)
    assert totals.get("provider_clearing", 0) == 0
    assert unbalanced_transactions(using=DATABASE) == 0


def refunded(payment: Payment) -> Refund:
    """Return a refund of ten euros, after all that the provider had to tell about it."""
    refund = request_refund(
        payment.pk,
        amount=Decimal("10.00"),
        currency="EUR",
        reason="requested_by_customer",
        note="",
        staff_id=uuid7(),
        at=billing_now(),
    )
    do_tasks()
    theirs = Refund.objects.get(pk=refund.pk).provider_refund_id
    assert theirs is not None
    apply_object(ObjectKind.REFUND, theirs)
    do_tasks()
    return Refund.objects.get(pk=refund.pk)


def payment_of(refund: Refund) -> Payment:
    return Payment.objects.get(pk=refund.payment_id)
