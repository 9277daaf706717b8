"""Upgrades, downgrades, cancellations and their taking back."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from apps.kernel.ids import uuid7
from apps.payments.errors import (
    InvoiceUnpaid,
    NotChangeable,
    OtherCurrency,
    PaymentUnderWay,
    RefundTooLarge,
    RenewalUnderWay,
    SamePrice,
    SubscriptionUnknown,
)
from apps.payments.models import Invoice, Payment, Subscription
from apps.payments.services import (
    billing_now,
    cancel_subscription,
    change_subscription,
    request_refund,
    resume_subscription,
)
from apps.users.models import User
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, invoices_of, subscribed, tell, told
from tests.support.billing_time import add_card, later
from tests.support.checkout import DECLINED_LATER, GOOD_CARD, pay

pytestmark = pytest.mark.django_db(databases=["default", "payments"])

BASIC, PRO, PRO_YEAR = "basic-eur-month", "pro-eur-month", "pro-eur-year"


def changed(person: User, subscription: Subscription, lookup_key: str, at: datetime) -> Subscription:
    change_subscription(person.pk, subscription.pk, lookup_key=lookup_key, at=at)
    do_tasks()
    return fresh(subscription)


def part(subscription: Subscription, share: str) -> datetime:
    """Return the moment at which so much of the current period is over."""
    start, end = subscription.current_period_start, subscription.current_period_end
    return start + (end - start) * float(share)


def amounts(invoice: Invoice) -> list[tuple[str, Decimal, Decimal]]:
    return list(invoice.lines.order_by("pk").values_list("kind", "net", "tax"))


def test_an_upgrade_costs_the_rest_of_the_new_price_less_the_rest_of_the_old() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    pro = changed(person, basic, PRO, part(basic, "0.5"))
    _, invoice = invoices_of(pro)
    assert amounts(invoice) == [
        ("unused_time", Decimal("-7.98"), Decimal("-1.52")),
        ("remaining_time", Decimal("20.59"), Decimal("3.91")),
    ]
    assert (invoice.status, invoice.amount_due, invoice.amount_paid) == ("paid", Decimal(15), Decimal(15))
    assert (pro.price.lookup_key, pro.current_period_end) == (PRO, basic.current_period_end)
    assert told("subscription.changed")[-1]["plan"] == "pro"


def test_an_upgrade_that_is_asked_for_again_and_again_is_charged_once() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    at = part(basic, "0.5")
    for _ in range(3):
        change_subscription(person.pk, basic.pk, lookup_key=PRO, at=at)
    with pytest.raises(PaymentUnderWay):
        change_subscription(person.pk, basic.pk, lookup_key=PRO_YEAR, at=at)
    with pytest.raises(PaymentUnderWay):
        change_subscription(person.pk, basic.pk, lookup_key=BASIC, at=at)
    do_tasks()
    assert [payment.amount for payment in Payment.objects.order_by("created_at")] == [Decimal(19), Decimal(15)]
    assert [invoice.status for invoice in invoices_of(basic)] == ["paid", "paid"]
    with pytest.raises(SamePrice):
        change_subscription(person.pk, basic.pk, lookup_key=PRO, at=at)


def test_a_second_upgrade_credits_the_charge_of_the_first_and_another_interval_begins_now() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    pro = changed(person, basic, PRO, part(basic, "0.5"))
    at = part(basic, "0.75")
    year = changed(person, pro, PRO_YEAR, at)
    _, first, second = invoices_of(year)
    credit, charge = second.lines.order_by("pk")
    assert credit.credits == first.lines.get(kind="remaining_time")
    assert (credit.net, credit.tax) == (Decimal("-10.30"), Decimal("-1.96"))  # 20.59 / 2 = 10.295, a tie
    assert (charge.kind, charge.amount, second.amount_due) == ("period", Decimal(490), Decimal("477.74"))
    assert (year.billing_anchor, year.current_period_start, year.period_number) == (at, at, 0)
    assert year.current_period_end == at.replace(year=at.year + 1)


def test_in_the_first_second_everything_is_credited() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    changed(person, basic, PRO, basic.current_period_start)
    _, invoice = invoices_of(basic)
    assert amounts(invoice) == [
        ("unused_time", Decimal("-15.97"), Decimal("-3.03")),
        ("remaining_time", Decimal("41.18"), Decimal("7.82")),
    ]


def test_in_the_last_second_nothing_is_due_and_the_price_changes_at_once() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    pro = changed(person, basic, PRO, basic.current_period_end - timedelta(seconds=1))
    _, invoice = invoices_of(basic)
    assert (invoice.amount_due, invoice.status, pro.price.lookup_key) == (Decimal(0), "paid", PRO)
    assert not Payment.objects.filter(invoice=invoice).exists()


def test_a_negative_result_becomes_balance_that_the_next_invoice_takes() -> None:
    person = a_payer()
    year = subscribed(person, price="basic-eur-year")
    pro = changed(person, year, PRO, part(year, "0.5"))
    _, invoice = invoices_of(pro)
    # 190 × 19/119 = 30.34; half of 159.66 is 79.83, and 15.17 of tax; 95.00 less the 49.00 of a month
    assert (invoice.total, invoice.amount_due, invoice.status) == (Decimal(-46), Decimal(0), "paid")
    later(days=(pro.current_period_end - billing_now()).total_seconds() / 86_400 + 0.01)
    renewal = invoices_of(pro)[-1]
    assert (renewal.reason, renewal.total, renewal.balance_applied, renewal.amount_due) == (
        "subscription_cycle",
        Decimal(49),
        Decimal(46),
        Decimal(3),
    )
    assert not Payment.objects.filter(amount__lt=0).exists()


def test_a_declined_upgrade_changes_nothing_until_another_card_pays_it() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    add_card(person, card=DECLINED_LATER)
    still = changed(person, basic, PRO, billing_now())
    _, invoice = invoices_of(basic)
    assert (invoice.status, still.price.lookup_key, still.status) == ("open", BASIC, "active")
    (failed,) = told("payment.failed")
    assert (failed["invoice_id"], failed["next_attempt_at"]) == (str(invoice.pk), None)
    payment = Payment.objects.get(invoice=invoice)
    pay(payment.page_url, card=GOOD_CARD)
    tell(payment.pk)
    assert (fresh(basic).price.lookup_key, invoices_of(basic)[1].status) == (PRO, "paid")


def test_an_upgrade_that_nobody_pays_is_dropped_after_the_hours_of_a_checkout() -> None:
    person = a_payer()
    basic = subscribed(person, price=BASIC)
    customer = basic.customer
    customer.default_method = None
    customer.save()
    changed(person, basic, PRO, billing_now())
    later(hours=22)
    assert invoices_of(basic)[1].status == "open"
    later(hours=2)
    _, invoice = invoices_of(basic)
    assert (invoice.status, fresh(basic).price.lookup_key) == ("void", BASIC)
    assert Payment.objects.get(invoice=invoice).status == "canceled"


def test_a_downgrade_waits_for_the_period_and_can_be_taken_back() -> None:
    person = a_payer()
    pro = subscribed(person)
    planned = changed(person, pro, BASIC, billing_now())
    assert (planned.price.lookup_key, planned.next_price.lookup_key) == (PRO, BASIC)
    assert len(invoices_of(pro)) == 1
    assert changed(person, pro, PRO, billing_now()).next_price is None
    changed(person, pro, BASIC, billing_now())
    later(days=31.1)
    assert (fresh(pro).price.lookup_key, fresh(pro).next_price) == (BASIC, None)
    renewal = invoices_of(pro)[-1]
    assert (renewal.amount_due, renewal.period_start) == (Decimal(19), pro.current_period_end)


def test_a_cancellation_with_the_period_bills_nothing_more_and_can_be_taken_back() -> None:
    person = a_payer()
    subscription = subscribed(person)
    cancel_subscription(person.pk, subscription.pk, at_period_end=True, at=billing_now())
    assert told("subscription.changed")[-1]["cancel_at_period_end"] is True
    assert resume_subscription(person.pk, subscription.pk, at=billing_now()).cancel_at_period_end is False
    cancel_subscription(person.pk, subscription.pk, at_period_end=True, at=billing_now())
    later(days=31.1)
    ended = fresh(subscription)
    assert (ended.status, ended.ended_because, len(invoices_of(ended))) == ("canceled", "canceled_at_period_end", 1)
    assert told("subscription.changed")[-1]["plan"] == "free"
    with pytest.raises(NotChangeable):
        resume_subscription(person.pk, subscription.pk, at=billing_now())


def test_a_cancellation_at_once_ends_it_and_gives_nothing_back() -> None:
    person = a_payer()
    subscription = subscribed(person)
    ended = cancel_subscription(person.pk, subscription.pk, at_period_end=False, at=billing_now())
    do_tasks()
    assert (ended.status, ended.ended_because) == ("canceled", "canceled_by_customer")
    assert Payment.objects.get(invoice__subscription=subscription).refunded == 0
    later(days=31.1)
    assert len(invoices_of(subscription)) == 1


def test_a_checkout_that_is_cancelled_ends_with_its_invoice_and_payment() -> None:
    person = a_payer()
    subscription = checkout_begun(person)
    cancel_subscription(person.pk, subscription.pk, at_period_end=True, at=billing_now())
    do_tasks()
    (invoice,) = invoices_of(subscription)
    assert (fresh(subscription).status, invoice.status) == ("incomplete_expired", "void")
    assert Payment.objects.get(invoice=invoice).status == "canceled"


def test_what_cannot_be_changed_says_why_and_stays() -> None:
    person, stranger = a_payer(), a_payer()
    subscription = subscribed(person)
    at, wanted = billing_now(), {"lookup_key": BASIC}
    with pytest.raises(SubscriptionUnknown):
        change_subscription(stranger.pk, subscription.pk, at=at, **wanted)
    with pytest.raises(SubscriptionUnknown):
        change_subscription(person.pk, uuid7(), at=at, **wanted)
    with pytest.raises(SamePrice):
        change_subscription(person.pk, subscription.pk, lookup_key=PRO, at=at)
    with pytest.raises(OtherCurrency):
        change_subscription(person.pk, subscription.pk, lookup_key="basic-usd-month", at=at)
    with pytest.raises(RenewalUnderWay):
        change_subscription(person.pk, subscription.pk, at=subscription.current_period_end, **wanted)
    with pytest.raises(NotChangeable):
        change_subscription(stranger.pk, checkout_begun(stranger).pk, at=at, **wanted)
    assert (fresh(subscription).version, len(invoices_of(subscription))) == (subscription.version, 1)


def test_while_a_renewal_is_collected_nothing_is_changed() -> None:
    person = a_payer()
    subscription = subscribed(person)
    Invoice.objects.filter(subscription=subscription).update(status="open", reason="subscription_cycle")
    with pytest.raises(InvoiceUnpaid):
        change_subscription(person.pk, subscription.pk, lookup_key=PRO_YEAR, at=billing_now())


def test_what_became_balance_is_not_given_back_as_money_too() -> None:
    person = a_payer()
    year = subscribed(person, price="basic-eur-year")
    changed(person, year, PRO, year.current_period_start)  # 190.00 of credit for 49.00: the rest is balance
    payment = Payment.objects.get(invoice__subscription=year)
    asked = {"currency": "EUR", "reason": "requested_by_customer", "note": "", "staff_id": uuid7(), "at": billing_now()}
    with pytest.raises(RefundTooLarge):
        request_refund(payment.pk, amount=Decimal("49.01"), **asked)
    assert request_refund(payment.pk, amount=Decimal("49.00"), **asked).amount == Decimal(49)
