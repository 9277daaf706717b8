"""Renewals, dunning, and what an outage leaves."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.payments.errors import PastDue
from apps.payments.models import Customer, Invoice, Payment, Subscription
from apps.payments.services import billing_now, cancel_subscription, change_subscription, pay_invoice, run_due
from apps.users.models import User
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, invoices_of, subscribed, tell, told
from tests.support.billing_time import add_card, come_due, later
from tests.support.checkout import ALWAYS_3DS, DECLINED_LATER, GOOD_CARD, pay

pytestmark = pytest.mark.django_db(databases=["default", "payments"])


def to_the_end(subscription: Subscription) -> None:
    """Go to the end of the current period, and a little over it."""
    left = fresh(subscription).current_period_end - billing_now() + timedelta(minutes=1)
    later(hours=left / timedelta(hours=1))


def past_due(person: User, *, card: str = DECLINED_LATER) -> Subscription:
    subscription = subscribed(person)
    add_card(person, card=card)
    to_the_end(subscription)
    return fresh(subscription)


def test_who_is_past_due_is_told_the_way_out() -> None:
    person = a_payer()
    subscription = past_due(person)
    invoice = Invoice.objects.get(subscription=subscription, status="open")
    for lookup_key in ("basic-eur-month", "pro-eur-year"):
        with pytest.raises(PastDue, match=rf"pay {invoice} \(POST /api/v1/invoices/{invoice.pk}/pay\)"):
            change_subscription(person.pk, subscription.pk, lookup_key=lookup_key, at=billing_now())
    assert fresh(subscription).version == subscription.version


def test_a_renewal_bills_the_next_period_once_however_often_it_is_due() -> None:
    subscription = subscribed(a_payer())
    to_the_end(subscription)
    come_due()
    run_due(billing_now())
    first, second = invoices_of(subscription)
    renewed = fresh(subscription)
    assert (second.status, second.reason, second.amount_paid) == ("paid", "subscription_cycle", Decimal(49))
    assert (second.period_start, second.period_end) == (first.period_end, renewed.current_period_end)
    assert (renewed.status, renewed.period_number, renewed.next_action_at) == ("active", 1, second.period_end)
    assert Payment.objects.get(invoice=second).off_session


def test_a_year_of_renewals_joins_without_a_gap() -> None:
    subscription = subscribed(a_payer())
    for _ in range(12):
        to_the_end(subscription)
    invoices = invoices_of(subscription)
    assert len(invoices) == 13
    assert [invoice.period_start for invoice in invoices[1:]] == [invoice.period_end for invoice in invoices[:-1]]
    assert invoices[-1].period_start == subscription.billing_anchor.replace(year=subscription.billing_anchor.year + 1)


def test_a_declined_renewal_is_tried_after_one_three_and_five_days_and_then_falls_back() -> None:
    subscription = past_due(a_payer())
    assert (subscription.status, fresh(subscription).past_due_since is not None) == ("past_due", True)
    assert told("subscription.changed")[-1]["plan"] == "pro"
    for days in (1.01, 3.01, 5.01):
        later(days=days)
    assert [failed["attempt"] for failed in told("payment.failed")] == [1, 2, 3, 4]
    assert [failed["next_attempt_at"] is None for failed in told("payment.failed")] == [False, False, False, True]
    assert fresh(subscription).status == "past_due"
    later(days=5.5)
    ended = fresh(subscription)
    assert (ended.status, ended.ended_because) == ("canceled", "unpaid")
    assert [invoice.status for invoice in invoices_of(subscription)] == ["paid", "uncollectible"]
    assert told("subscription.changed")[-1]["plan"] == "free"
    assert len(told("payment.failed")) == 4


def test_a_new_card_pays_what_is_unpaid_at_once() -> None:
    person = a_payer()
    subscription = past_due(person)
    add_card(person, card=GOOD_CARD, nonce="two")
    assert (fresh(subscription).status, fresh(subscription).past_due_since) == ("active", None)
    assert [invoice.status for invoice in invoices_of(subscription)] == ["paid", "paid"]
    assert fresh(subscription).next_action_at == subscription.current_period_end


def test_an_unpaid_renewal_is_paid_by_hand() -> None:
    person = a_payer()
    subscription = past_due(person)
    invoice = invoices_of(subscription)[-1]
    link = pay_invoice(person.pk, invoice.pk, at=billing_now())
    assert pay_invoice(person.pk, invoice.pk, at=billing_now()) == link
    do_tasks()
    payment = Payment.objects.get(invoice=invoice, status="requires_payment_method")
    later(days=1.01)
    assert Payment.objects.filter(invoice=invoice, off_session=True).count() == 2
    payment.refresh_from_db()
    assert payment.status == "canceled"
    pay_invoice(person.pk, invoice.pk, at=billing_now())
    do_tasks()
    by_hand = Payment.objects.get(invoice=invoice, status="requires_payment_method")
    pay(by_hand.page_url, card=GOOD_CARD)
    tell(by_hand.pk)
    assert (fresh(subscription).status, invoices_of(subscription)[-1].status) == ("active", "paid")


def test_a_payer_who_is_paying_by_hand_is_not_disturbed_for_an_hour() -> None:
    person = a_payer()
    subscription = past_due(person)
    later(hours=23.7)
    pay_invoice(person.pk, invoices_of(subscription)[-1].pk, at=billing_now())
    do_tasks()
    later(hours=0.5)
    assert Payment.objects.filter(invoice__subscription=subscription, status="requires_payment_method").exists()


def test_a_renewal_that_the_bank_wants_confirmed_asks_its_payer_and_does_not_repeat_itself() -> None:
    person = a_payer()
    subscription = past_due(person, card=ALWAYS_3DS)
    invoice = invoices_of(subscription)[-1]
    assert (subscription.status, len(told("payment.action_required")), told("payment.failed")) == ("past_due", 1, [])
    later(days=6)
    assert Payment.objects.filter(invoice=invoice).count() == 1
    later(days=8.1)
    assert (fresh(subscription).status, Payment.objects.get(invoice=invoice).status) == ("canceled", "canceled")


def test_a_new_card_takes_the_place_of_a_confirmation_that_never_came() -> None:
    person = a_payer()
    subscription = past_due(person, card=ALWAYS_3DS)
    add_card(person, card=GOOD_CARD, nonce="two")
    first, second = Payment.objects.filter(invoice=invoices_of(subscription)[-1]).order_by("attempt")
    assert (first.status, second.status, fresh(subscription).status) == ("canceled", "succeeded", "active")


def test_a_renewal_without_a_card_asks_its_payer() -> None:
    subscription = subscribed(a_payer())
    Customer.objects.filter(pk=subscription.customer_id).update(default_method=None)
    to_the_end(subscription)
    assert fresh(subscription).status == "past_due"
    (asked,) = told("payment.action_required")
    payment = Payment.objects.get(pk=asked["payment_id"])
    pay(payment.page_url, card=GOOD_CARD)
    tell(payment.pk)
    assert (fresh(subscription).status, told("payment.failed")) == ("active", [])


def test_cancelling_what_is_past_due_voids_the_invoice() -> None:
    person = a_payer()
    subscription = past_due(person)
    cancel_subscription(person.pk, subscription.pk, at_period_end=False, at=billing_now())
    assert [invoice.status for invoice in invoices_of(subscription)] == ["paid", "void"]
    later(days=30)
    assert Payment.objects.filter(invoice__subscription=subscription).count() == 2


def test_after_a_short_outage_the_next_period_joins_the_last() -> None:
    subscription = subscribed(a_payer())
    end = subscription.current_period_end
    later(days=(end - billing_now()) / timedelta(days=1) + 14)
    renewal = invoices_of(subscription)[-1]
    assert renewal.period_start == end


def test_after_a_long_outage_one_period_is_billed_and_it_begins_now() -> None:
    subscription = subscribed(a_payer())
    back = later(days=100)
    come_due()
    invoices = invoices_of(subscription)
    assert len(invoices) == 2
    assert abs(invoices[-1].period_start - back) < timedelta(minutes=1)
    assert fresh(subscription).billing_anchor == invoices[-1].period_start
    assert told("payment.completed")[-1]["amount"] == "49.0000"


def test_an_attempt_that_was_missed_is_made_before_a_grace_ends() -> None:
    person = a_payer()
    subscription = past_due(person)
    Customer.objects.filter(user_id=person.pk).update(default_method=_good_method(person))
    later(days=20)
    assert fresh(subscription).status == "active"


def _good_method(person: User) -> object:
    return Payment.objects.filter(customer__user_id=person.pk, status="succeeded").latest("created_at").method_id


def test_a_checkout_that_nobody_finishes_is_given_up() -> None:
    subscription = checkout_begun(a_payer())
    later(hours=22.9)
    assert fresh(subscription).status == "incomplete"
    later(hours=0.2)
    assert (fresh(subscription).status, fresh(subscription).ended_because) == ("incomplete_expired", "checkout_expired")
    assert [invoice.status for invoice in invoices_of(subscription)] == ["void"]
    assert Payment.objects.get(invoice__subscription=subscription).status == "canceled"
