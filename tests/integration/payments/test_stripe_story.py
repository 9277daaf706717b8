"""The whole way with Stripe: subscribe, pay at localstripe, hear of it by its signed webhook, be served."""

import time
from decimal import Decimal

import pytest

from apps.payments import provider as chosen
from apps.payments.enums import PaymentStatus, SubscriptionStatus
from apps.payments.models import Payment, PaymentMethod
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, told
from tests.support.localstripe import localstripe, webhooks_taken
from tests.support.stripe_adapter import FRONTEND, WEBHOOK_SECRETS, stripe_at
from tests.support.webhooks import a_stranger, deliver

pytestmark = pytest.mark.django_db(databases="__all__")

GOOD, DECLINED = "4242424242424242", "4000000000000341"


@pytest.fixture(scope="module")
def there():
    with localstripe() as running:
        yield running


@pytest.fixture
def by_stripe(there):
    with stripe_at(there.address, TREUM_PAYMENTS_PROVIDER="stripe"):
        chosen._provider.cache_clear()
        yield chosen.the_provider()
        chosen.the_provider().close()
        chosen._provider.cache_clear()


@pytest.fixture
def webhooks(there):
    with webhooks_taken() as (taken, door):
        there.tell(f"{door}/webhooks", WEBHOOK_SECRETS[0])
        yield taken


def told_of(taken, intent_id):
    """Return the first webhook about an intent, once it has come."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for body, headers in taken:
            if intent_id.encode() in body:
                return body, {"Stripe-Signature": headers["Stripe-Signature"]}
        time.sleep(0.05)
    raise AssertionError(f"Nothing was told of {intent_id}.")


def test_who_pays_at_stripe_is_served_by_its_webhook(by_stripe, there, webhooks):
    person = a_payer()
    subscription = checkout_begun(person)
    payment = Payment.objects.get(invoice__subscription=subscription)
    assert payment.provider == "stripe"
    assert payment.page_url.startswith(f"{FRONTEND}/checkout/{payment.pk}?client_secret=pi_")
    there.enter_card(payment.intent_id, GOOD).raise_for_status()
    body, headers = told_of(webhooks, payment.intent_id)
    answers = [deliver(a_stranger(), body, headers).status_code for _ in range(3)]
    do_tasks()
    payment.refresh_from_db()
    assert answers == [200, 200, 200]
    assert (payment.status, payment.fee) == (PaymentStatus.SUCCEEDED, Decimal(0))
    assert fresh(subscription).status == SubscriptionStatus.ACTIVE
    assert PaymentMethod.objects.get(customer__user_id=person.pk).last4 == "4242"
    assert len(told("payment.completed")) == 1


def test_a_webhook_of_stripe_with_another_body_changes_nothing(by_stripe, there, webhooks):
    subscription = checkout_begun(a_payer())
    payment = Payment.objects.get(invoice__subscription=subscription)
    there.enter_card(payment.intent_id, GOOD).raise_for_status()
    body, headers = told_of(webhooks, payment.intent_id)
    answer = deliver(a_stranger(), body.replace(b'"livemode": false', b'"livemode": true '), headers)
    do_tasks()
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("signature_invalid")
    assert fresh(subscription).status == SubscriptionStatus.INCOMPLETE


def test_a_card_that_is_declined_leaves_the_page_open(by_stripe, there, webhooks):
    subscription = checkout_begun(a_payer())
    payment = Payment.objects.get(invoice__subscription=subscription)
    assert there.enter_card(payment.intent_id, DECLINED).status_code == 402
    deliver(a_stranger(), *told_of(webhooks, payment.intent_id))
    do_tasks()
    payment.refresh_from_db()
    assert (payment.status, payment.failure_code) == (PaymentStatus.REQUIRES_PAYMENT_METHOD, "card_declined")
    assert payment.page_url
    assert fresh(subscription).status == SubscriptionStatus.INCOMPLETE
