"""What the provider has and what we have: compared, repaired where a webhook was lost, reported where money differs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.apps import DATABASE
from apps.payments.errors import ReconciliationUnderWay
from apps.payments.models import Customer, Payment, ProviderNotice, Reconciliation, Subscription
from apps.payments.provider import the_provider
from apps.payments.services import reconcile
from apps.payments.services.reconciling.report import LEASE, begin
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, invoices_of, subscribed, told
from tests.support.checkout import GOOD_CARD, pay

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

Found = tuple[str, str, bool]


def lately() -> Reconciliation:
    """Reconcile the last hour, and do what that asked for."""
    done = reconcile(now() - timedelta(hours=1))
    do_tasks()
    return done


def found(done: Reconciliation) -> list[Found]:
    """Return what a reconciliation found: kind, object and whether it was repaired."""
    return sorted(done.differences.values_list("kind", "object_kind", "repaired"))


def silently_paid() -> Subscription:
    """Return a subscription whose payer has paid, of which no webhook told us."""
    subscription = checkout_begun(a_payer())
    pay(Payment.objects.get(invoice__subscription=subscription).page_url, card=GOOD_CARD)
    return subscription


def paid() -> Payment:
    """Return a payment that settled, with all its webhooks made up for."""
    payment = Payment.objects.get(invoice__subscription=subscribed(a_payer()))
    lately()
    return payment


def test_a_payment_of_which_no_webhook_told_is_settled_once() -> None:
    subscription = silently_paid()
    done = lately()
    assert fresh(subscription).status == "active"
    assert invoices_of(subscription)[0].status == "paid"
    assert ("status", "payment_intent", True) in found(done)
    assert done.finished_at is not None
    assert len(told("payment.completed")) == 1


def test_lost_webhooks_are_kept_as_handled() -> None:
    silently_paid()
    done = lately()
    assert done.differences.filter(kind="unhandled_notice", repaired=True).exists()
    events = {notice.event_id for notice in the_provider().notices(since=now() - timedelta(hours=1))}
    assert set(ProviderNotice.objects.values_list("event_id", flat=True)) == events
    assert not ProviderNotice.objects.filter(status__in=["received", "failed"]).exists()


def test_the_second_time_there_is_nothing_to_find() -> None:
    silently_paid()
    lately()
    again = lately()
    assert found(again) == []
    assert again.compared > 0
    assert len(told("payment.completed")) == 1


def test_an_answer_that_was_lost_is_found_by_our_id() -> None:
    subscription = checkout_begun(a_payer())
    payment = Payment.objects.get(invoice__subscription=subscription)
    Payment.objects.filter(pk=payment.pk).update(intent_id=None, status="unresolved", page_url="")
    done = lately()
    payment.refresh_from_db()
    assert (payment.status, payment.intent_id is None) == ("requires_payment_method", False)
    assert ("status", "payment_intent", True) in found(done)


def test_an_old_payment_that_waits_is_asked_for_however_old_it_is() -> None:
    subscription = silently_paid()
    done = reconcile(now() + timedelta(hours=1))
    assert fresh(subscription).status == "active"
    assert found(done) == [("status", "payment_intent", True)]


def test_what_we_do_not_know_is_reported_and_left_alone() -> None:
    provider, payment = the_provider(), paid()
    payer = str(Customer.objects.get(pk=payment.customer_id).provider_customer_id)
    foreign = provider.create_intent(
        key="foreign",
        payment_id=uuid7(),
        customer_id=payer,
        amount=Decimal("5.00"),
        currency="EUR",
        description="from another system",
        return_url="http://127.0.0.1/",
    )
    (difference,) = lately().differences.exclude(kind="unhandled_notice")
    assert (difference.kind, difference.object_id, difference.repaired) == ("missing_here", foreign.id, False)
    assert difference.amount == Decimal(5)
    assert provider.intent(foreign.id) == foreign


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        pytest.param({"amount": Decimal(50)}, "amount", id="another amount"),
        pytest.param({"currency": "USD"}, "amount", id="another currency"),
        pytest.param({"fee": Decimal("9.99")}, "fee", id="another fee"),
    ],
)
def test_money_that_differs_is_reported_and_never_repaired(wrong: dict[str, object], kind: str) -> None:
    payment = paid()
    Payment.objects.filter(pk=payment.pk).update(**wrong)
    assert found(lately()) == [(kind, "payment_intent", False)]
    payment.refresh_from_db()
    assert {name: getattr(payment, name) for name in wrong} == wrong


def test_what_the_provider_denies_is_reported() -> None:
    payment = paid()
    Payment.objects.filter(pk=payment.pk).update(intent_id="pi_of_another_account")
    kinds = found(lately())
    assert ("missing_there", "payment_intent", False) in kinds


def test_more_objects_take_no_more_queries() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connections[DATABASE]) as queries:
            reconcile(now() - timedelta(hours=1))
        ours = [query for query in queries if "payments_" in query["sql"] and "sandbox_" not in query["sql"]]
        return len(ours)

    paid()
    few = asked()
    for _ in range(3):
        paid()
    assert asked() == few


def test_while_one_is_alive_another_leaves() -> None:
    alive = begin("sandbox", since=now()).reconciliation
    with pytest.raises(ReconciliationUnderWay):
        reconcile(now())
    assert Reconciliation.objects.count() == 1
    Reconciliation.objects.filter(pk=alive.pk).update(alive_at=now() - LEASE)
    assert reconcile(now()).finished_at is not None


def test_the_command_tells_what_it_found_and_fails_for_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    silently_paid()
    call_command("reconcile", "--hours", "1")
    assert "repaired: status of payment_intent" in capsys.readouterr().out
    Payment.objects.update(fee=Decimal(1))
    with pytest.raises(CommandError, match="1 differences are left"):
        call_command("reconcile", "--since", (now() - timedelta(hours=1)).isoformat())


@pytest.mark.parametrize("hours", ["-1", "0", "999999999", "many"])
def test_hours_that_make_no_sense_are_refused(hours: str) -> None:
    with pytest.raises(CommandError, match="--hours"):
        call_command("reconcile", "--hours", hours)
