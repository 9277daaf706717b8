"""What is due is done once by any number of sweepers, and one customer's trouble is nobody else's."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.db.models import QuerySet
from pytest_django import DjangoDbBlocker
from structlog.testing import capture_logs

from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason
from apps.payments.management.commands import billing_clock
from apps.payments.models import Invoice, Payment, Subscription
from apps.payments.services import advance_clock, billing_now, run_due, sweeping
from apps.payments.services.invoices.invoicing import issue_invoice, period_line
from tests.support.billing import a_payer, do_tasks, fresh, invoices_of, subscribed
from tests.support.snapshots import Snapshot

in_payments = pytest.mark.django_db(databases=["default", "payments"])


def at_its_end(subscription: Subscription) -> None:
    """Move the clock to the end of a period, and do nothing about it yet."""
    advance_clock(subscription.current_period_end - billing_now())
    _asked("payments.run_due").delete()


def _asked(task: str) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.using(DATABASE).filter(name=task, published_at=None)


def bill_ahead(subscription: Subscription) -> None:
    """Put the next period on an invoice already: the database will refuse another."""
    start, end = subscription.current_period_end, subscription.current_period_end + timedelta(days=30)
    with transaction.atomic(using=DATABASE):
        issue_invoice(
            subscription.customer,
            subscription,
            reason=BillingReason.SUBSCRIPTION_CYCLE,
            lines=[period_line(subscription.price, start=start, end=end, rate=None)],
            period_start=start,
            period_end=end,
            at=billing_now(),
        )


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot("default"), Snapshot(DATABASE):
        yield


@pytest.mark.usefixtures("committed")
def test_many_sweepers_at_once_renew_a_subscription_once() -> None:
    subscriptions = [subscribed(a_payer()) for _ in range(3)]
    at_its_end(subscriptions[-1])
    together = threading.Barrier(4)

    def sweep(_: int) -> int:
        try:
            together.wait()
            return run_due(billing_now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))
    run_due(billing_now())
    assert [len(invoices_of(subscription)) for subscription in subscriptions] == [2, 2, 2]
    assert Payment.objects.count() == 6
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


@in_payments
def test_a_customer_whose_rows_are_broken_keeps_nobody_else_waiting() -> None:
    broken, sound = subscribed(a_payer()), subscribed(a_payer())
    bill_ahead(broken)
    at_its_end(sound)
    with capture_logs() as logs:
        run_due(billing_now())
    assert [log["row_id"] for log in logs if log["event"] == "billing.row_failed"] == [str(broken.pk)]
    assert (len(invoices_of(broken)), len(invoices_of(sound))) == (2, 2)
    assert fresh(broken).next_action_at == broken.next_action_at


@in_payments
def test_a_run_does_so_many_and_asks_for_another_that_does_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "RUN", 2)
    subscriptions = [subscribed(a_payer()) for _ in range(3)]
    at_its_end(subscriptions[-1])
    assert run_due(billing_now()) == 2
    assert [json.loads(task.body) for task in _asked("payments.run_due")] == [[]]
    do_tasks()
    assert [len(invoices_of(subscription)) for subscription in subscriptions] == [2, 2, 2]


@in_payments
def test_the_command_moves_the_clock_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing_clock, "PATIENCE_SECONDS", 0)
    subscription = subscribed(a_payer())
    before, out = billing_now(), StringIO()
    call_command("billing_clock", days=70, stdout=out)
    do_tasks()
    invoices = invoices_of(subscription)
    assert [invoice.period_start for invoice in invoices[1:]] == [invoice.period_end for invoice in invoices[:-1]]
    assert len(invoices) == 3
    assert (billing_now() - before).days == 70
    assert len(out.getvalue().splitlines()) == 71
    with pytest.raises(CommandError):
        call_command("billing_clock", days=-1)
    with pytest.raises(CommandError, match="at most 3660 days at once"):
        call_command("billing_clock", days=10**9)
