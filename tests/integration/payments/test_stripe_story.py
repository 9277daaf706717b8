"""The whole way with Stripe: subscribe, pay at localstripe, hear of it by its signed webhook, be served."""

import time
from decimal import Decimal

import pytest

from apps.payments import provider as chosen
from apps.payments.adapters.stripe.amounts import to_minor
from apps.payments.enums import PaymentStatus, SubscriptionStatus
from apps.payments.models import Payment, PaymentMethod
from apps.payments.services import ask_provider, billing_now, start_subscription
from tests.support.billing import PRICE, a_payer, checkout_begun, do_tasks, fresh, told
from tests.support.localstripe import localstripe, webhooks_taken
from tests.support.stripe_adapter import FRONTEND, WEBHOOK_SECRETS, stripe_at
from tests.support.stripe_objects import SILENCE, a_list, an_intent, standing_in
from tests.support.webhooks import a_stranger, deliver

pytestmark = pytest.mark.django_db(databases="__all__")

INTENTS = "/v1/payment_intents"
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
def by_a_stand_in():
    with (
        standing_in() as (stand_in, address),
        stripe_at(address, TREUM_PAYMENTS_PROVIDER="stripe", TREUM_STRIPE_ANSWER_SECONDS=0.3),
    ):
        chosen._provider.cache_clear()
        stand_in.on("GET", "/v1/customers/search", a_list(of="search_result"))
        stand_in.on("POST", "/v1/customers", {"id": "cus_1", "object": "customer", "livemode": False})
        yield stand_in
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
    assert payment.page_url.startswith(f"{FRONTEND}/checkout/{payment.pk}#client_secret=pi_")
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


@pytest.mark.parametrize("was_done", [True, False])
def test_an_answer_that_was_lost_is_asked_for_and_nothing_is_begun_twice(by_a_stand_in, was_done):
    there, person = by_a_stand_in, a_payer()
    subscription = start_subscription(person.pk, lookup_key=PRICE, country="DE", trial=False, at=billing_now())
    payment = Payment.objects.get(invoice__subscription=subscription)
    intent = an_intent(metadata={"payment_id": str(payment.pk)}, amount=to_minor(payment.amount, currency="EUR"))
    there.on("GET", INTENTS, a_list(*[intent] * was_done))
    there.on("POST", INTENTS, SILENCE, intent)
    do_tasks()
    payment.refresh_from_db()
    assert (payment.status, payment.intent_id) == (PaymentStatus.UNRESOLVED, None)
    found = ask_provider(payment.pk)
    assert (found.status, found.intent_id) == (PaymentStatus.REQUIRES_PAYMENT_METHOD, "pi_1")
    begun = [asked.headers["Idempotency-Key"] for asked in there.calls_to(INTENTS) if asked.method == "POST"]
    assert begun == [f"payment:{payment.pk}"] * (1 if was_done else 2)
