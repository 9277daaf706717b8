"""Trials: once for each person, and then the card is charged."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from apps.kernel.crypto.rotation import sealed_columns
from apps.payments.apps import DATABASE
from apps.payments.errors import TrialUsed
from apps.payments.models import Subscription, TrialUse
from apps.payments.ports import ProviderSetup
from apps.payments.provider import the_provider
from apps.payments.services import apply_setup, billing_now, cancel_subscription, change_subscription
from apps.users.models import User
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, invoices_of, subscribed, told
from tests.support.billing_time import come_due, later
from tests.support.checkout import DECLINED_LATER, GOOD_CARD, pay
from tests.support.snapshots import Snapshot

in_payments = pytest.mark.django_db(databases=["default", "payments"])

MASTERCARD = "5555555555554444"


def with_card(person: User, *, card: str = GOOD_CARD) -> Subscription:
    """Return the trial of a person whose card was entered, as it is then."""
    subscription = checkout_begun(person, trial=True)
    pay(subscription.checkout_url, card=card)
    apply_setup(the_provider().setup(subscription.setup_id))
    do_tasks()
    return fresh(subscription)


def a_payer_with(email: str) -> User:
    person = a_payer()
    User.objects.filter(pk=person.pk).update(email=email)
    return person


@in_payments
def test_a_trial_begins_with_its_card_and_opens_the_plan() -> None:
    trial = with_card(a_payer())
    assert (trial.status, invoices_of(trial)) == ("trialing", [])
    assert trial.trial_end == trial.current_period_end == trial.billing_anchor
    assert trial.trial_end - trial.current_period_start == timedelta(days=14)
    assert told("subscription.changed")[-1]["plan"] == "pro"


@in_payments
def test_its_end_is_told_once_and_then_the_first_period_is_billed() -> None:
    trial = with_card(a_payer())
    later(days=11.1)
    come_due()
    (reminder,) = told("subscription.trial_will_end")
    assert (reminder["amount"], reminder["plan"]) == ("49.0000", "pro")
    later(days=3)
    (invoice,) = invoices_of(trial)
    assert (fresh(trial).status, invoice.status, invoice.amount_paid) == ("active", "paid", Decimal(49))
    assert (invoice.period_start, fresh(trial).period_number) == (trial.trial_end, 0)
    assert len(told("subscription.trial_will_end")) == 1


@in_payments
def test_a_trial_whose_card_is_declined_at_its_end_is_past_due() -> None:
    trial = with_card(a_payer(), card=DECLINED_LATER)
    assert trial.status == "trialing"
    later(days=11.1)
    later(days=3)
    assert fresh(trial).status == "past_due"


@in_payments
def test_a_trial_that_is_cancelled_ends_without_a_reminder_or_a_bill() -> None:
    person = a_payer()
    trial = with_card(person)
    cancel_subscription(person.pk, trial.pk, at_period_end=True, at=billing_now())
    later(days=11.1)
    later(days=3)
    assert (fresh(trial).status, invoices_of(trial), told("subscription.trial_will_end")) == ("canceled", [], [])


@in_payments
def test_a_trial_changes_its_plan_freely() -> None:
    person = a_payer()
    trial = with_card(person)
    changed = change_subscription(person.pk, trial.pk, lookup_key="basic-eur-month", at=billing_now())
    assert (changed.price.lookup_key, changed.status, invoices_of(trial)) == ("basic-eur-month", "trialing", [])
    assert told("subscription.changed")[-1]["plan"] == "basic"


@in_payments
def test_the_same_person_has_no_second_trial() -> None:
    person = a_payer()
    trial = with_card(person)
    cancel_subscription(person.pk, trial.pk, at_period_end=False, at=billing_now())
    with pytest.raises(TrialUsed):
        checkout_begun(person, trial=True)


@in_payments
def test_the_same_mailbox_has_no_second_trial() -> None:
    with_card(a_payer_with("ada.love@gmail.com"))
    with pytest.raises(TrialUsed):
        checkout_begun(a_payer_with("adalove+two@googlemail.com"), trial=True)


@in_payments
def test_the_same_card_has_no_second_trial_and_nothing_is_claimed_in_vain() -> None:
    with_card(a_payer())
    other = a_payer()
    refused = with_card(other)
    assert (refused.status, refused.ended_because) == ("incomplete_expired", "trial_used")
    assert not TrialUse.objects.filter(subscription_id=refused.pk).exists()
    assert with_card(other, card=MASTERCARD).status == "trialing"


@in_payments
def test_a_setup_that_comes_twice_begins_one_trial_and_changes_no_card_back() -> None:
    person = a_payer()
    trial = with_card(person)
    setup = the_provider().setup(trial.setup_id)
    apply_setup(setup)
    apply_setup(setup)
    assert fresh(trial).version == trial.version
    assert TrialUse.objects.filter(subscription_id=trial.pk).count() == 3


@in_payments
def test_a_paid_subscription_is_no_trial() -> None:
    person = a_payer()
    subscription = subscribed(person)
    cancel_subscription(person.pk, subscription.pk, at_period_end=False, at=billing_now())
    assert with_card(person, card=MASTERCARD).status == "trialing"


@in_payments
def test_the_secret_of_the_digests_is_sealed_anew_and_stays() -> None:
    assert any(column.model._meta.label == "payments.TrialSecret" for column in sealed_columns())
    person = a_payer()
    with_card(person)
    use = TrialUse.objects.get(mark="email")
    assert person.email not in use.digest


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot("default"), Snapshot(DATABASE):
        yield


@pytest.mark.usefixtures("committed")
def test_of_two_who_try_with_one_card_at_the_same_moment_one_wins() -> None:
    waiting = [checkout_begun(a_payer(), trial=True) for _ in range(2)]
    for subscription in waiting:
        pay(subscription.checkout_url, card=GOOD_CARD)
    setups = [the_provider().setup(subscription.setup_id) for subscription in waiting]
    together = threading.Barrier(2)

    def begin(setup: ProviderSetup) -> bool:
        try:
            together.wait()
            return apply_setup(setup)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(begin, setups)) == [True, True]
    assert sorted(fresh(subscription).status for subscription in waiting) == ["incomplete_expired", "trialing"]
    assert TrialUse.objects.count() == 3
