"""The Stripe adapter against localstripe, which keeps state: what was begun is paid, refunded, canceled and found."""

import time
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from apps.kernel.clock import now
from apps.payments.errors import ProviderAmbiguous, ProviderObjectUnknown, SignatureInvalid
from apps.payments.ports import IntentStatus, ObjectKind, ProviderIntent, RefundStatus
from tests.support.localstripe import localstripe, webhooks_taken
from tests.support.stripe_adapter import FRONTEND, WEBHOOK_SECRETS, stripe_at

GOOD, DECLINED, ASKS_THE_BANK = "4242424242424242", "4000000000000341", "4000002760003184"


@pytest.fixture(scope="module")
def there():
    with localstripe() as running:
        yield running


@pytest.fixture
def provider(there):
    with stripe_at(there.address) as provider:
        yield provider


@pytest.fixture
def payer(provider):
    return provider.create_customer(key=f"customer:{uuid4()}", customer_id=uuid4(), email="anna@example.org")


def begin(provider, payer, *, payment_id: UUID | None = None, **given) -> ProviderIntent:
    payment_id = payment_id or uuid4()
    return provider.create_intent(
        **{
            "key": f"payment:{payment_id}",
            "payment_id": payment_id,
            "customer_id": payer,
            "amount": Decimal("49.00"),
            "currency": "EUR",
            "description": "TREUM 2026-000001",
            "return_url": f"{FRONTEND}/billing",
            **given,
        }
    )


def paid(provider, there, payer) -> ProviderIntent:
    begun = begin(provider, payer)
    there.enter_card(begun.id, GOOD).raise_for_status()
    return provider.intent(begun.id)


def test_a_customer_is_found_by_our_id(provider):
    ours, stranger = uuid4(), uuid4()
    made = provider.create_customer(key=f"customer:{ours}", customer_id=ours, email="anna@example.org")
    assert provider.find_customer(ours) == made
    assert provider.find_customer(stranger) is None


def test_a_payment_waits_for_its_payer_and_is_paid(provider, there, payer):
    payment_id = uuid4()
    begun = begin(provider, payer, payment_id=payment_id)
    assert (begun.status, begun.customer_id) == (IntentStatus.REQUIRES_PAYMENT_METHOD, payer)
    assert begun.page_url == f"{FRONTEND}/checkout/{payment_id}#client_secret={begun.client_secret}"
    there.enter_card(begun.id, GOOD).raise_for_status()
    found = provider.find_intent(payment_id, customer_id=payer)
    assert found == provider.intent(begun.id)
    assert (found.status, found.amount, found.currency, found.page_url) == (
        IntentStatus.SUCCEEDED,
        Decimal("49.00"),
        "EUR",
        None,
    )
    assert (found.method.brand, found.method.last4, found.method.exp_year) == ("visa", "4242", 2034)
    assert found.fee == Decimal("0.00")


def test_a_declined_card_leaves_the_payment_open_for_another_one(provider, there, payer):
    begun = begin(provider, payer)
    assert there.enter_card(begun.id, DECLINED).status_code == 402
    declined = provider.intent(begun.id)
    assert (declined.status, declined.failure_code) == (IntentStatus.REQUIRES_PAYMENT_METHOD, "card_declined")
    assert declined.page_url == begun.page_url


@pytest.mark.parametrize(
    ("agreed", "status", "code"),
    [
        (True, IntentStatus.SUCCEEDED, None),
        (False, IntentStatus.REQUIRES_PAYMENT_METHOD, "payment_intent_authentication_failure"),
    ],
)
def test_the_bank_is_asked_on_our_page(provider, there, payer, agreed, status, code):
    begun = begin(provider, payer)
    there.enter_card(begun.id, ASKS_THE_BANK).raise_for_status()
    waiting = provider.intent(begun.id)
    assert (waiting.status, waiting.page_url) == (IntentStatus.REQUIRES_ACTION, begun.page_url)
    there.confirm_with_bank(begun.id, agreed=agreed)
    answered = provider.intent(begun.id)
    assert (answered.status, answered.failure_code) == (status, code)


def test_a_renewal_is_charged_at_once(provider, there, payer):
    charged = begin(provider, payer, method_id=there.a_card(GOOD), off_session=True)
    assert (charged.status, charged.method.last4) == (IntentStatus.SUCCEEDED, "4242")


def test_a_declined_renewal_is_found_again_where_the_error_does_not_bring_it(provider, there, payer):
    payment_id = uuid4()
    with pytest.raises(ProviderAmbiguous):
        begin(provider, payer, payment_id=payment_id, method_id=there.a_card(DECLINED), off_session=True)
    declined = provider.find_intent(payment_id, customer_id=payer)
    assert (declined.status, declined.failure_code) == (IntentStatus.REQUIRES_PAYMENT_METHOD, "card_declined")


def test_one_card_has_one_fingerprint(provider, there, payer):
    first, second = paid(provider, there, payer), paid(provider, there, payer)
    assert first.method.id != second.method.id
    assert first.method.fingerprint == second.method.fingerprint


def test_money_goes_back_in_parts(provider, there, payer):
    intent, refund_id = paid(provider, there, payer), uuid4()
    made = provider.create_refund(
        key=f"refund:{refund_id}", refund_id=refund_id, intent_id=intent.id, amount=Decimal("10.00"), currency="EUR"
    )
    assert (made.status, made.amount, made.intent_id) == (RefundStatus.SUCCEEDED, Decimal("10.00"), intent.id)
    assert provider.find_refund(refund_id, intent_id=intent.id) == provider.refund(made.id) == made
    assert provider.find_refund(uuid4(), intent_id=intent.id) is None
    assert provider.intent(intent.id).amount_refunded == Decimal("10.00")


def test_a_payment_is_canceled_once_and_not_when_it_was_paid(provider, there, payer):
    begun, over = begin(provider, payer), paid(provider, there, payer)
    for _ in range(2):
        assert provider.cancel_intent(begun.id, key=f"cancel:{begun.id}").status == IntentStatus.CANCELED
    assert provider.cancel_intent(over.id, key=f"cancel:{over.id}").status == IntentStatus.SUCCEEDED


def test_a_card_is_made_usable_without_taking_money(provider, there, payer):
    subscription_id = uuid4()
    begun = provider.create_setup(
        key=f"setup:{subscription_id}", subscription_id=subscription_id, customer_id=payer, return_url=FRONTEND
    )
    assert begun.page_url == f"{FRONTEND}/cards/{begun.id}#client_secret={begun.client_secret}"
    there.ask("POST", f"/v1/setup_intents/{begun.id}/confirm", {"payment_method": there.a_card(GOOD)})
    ready = provider.find_setup(subscription_id, customer_id=payer)
    assert ready == provider.setup(begun.id)
    assert (ready.status, ready.method.last4) == (IntentStatus.SUCCEEDED, "4242")
    assert provider.find_setup(uuid4(), customer_id=payer) is None


def test_a_setup_is_canceled(provider, payer):
    begun = provider.create_setup(key=f"setup:{uuid4()}", subscription_id=None, customer_id=payer, return_url=FRONTEND)
    assert provider.cancel_setup(begun.id, key=f"cancel:{begun.id}").status == IntentStatus.CANCELED


def test_a_card_is_forgotten(provider, there, payer):
    card = there.a_card(GOOD)
    there.ask("POST", f"/v1/payment_methods/{card}/attach", {"customer": payer}).raise_for_status()
    provider.detach_method(card)
    assert there.ask("GET", f"/v1/payment_methods/{card}").json()["customer"] is None
    provider.detach_method("pm_unknown")


@pytest.mark.parametrize("kind", ["intent", "setup", "refund", "payout"])
def test_what_it_does_not_know_is_unknown(provider, kind):
    with pytest.raises(ProviderObjectUnknown):
        getattr(provider, kind)("none_such")


def test_lists_hold_what_was_made(provider, there, payer):
    intent = paid(provider, there, payer)
    setup = provider.create_setup(key=f"setup:{uuid4()}", subscription_id=None, customer_id=payer, return_url=FRONTEND)
    refund = provider.create_refund(
        key="refund:1", refund_id=uuid4(), intent_id=intent.id, amount=Decimal(1), currency="EUR"
    )
    payout = there.ask("POST", "/v1/payouts", {"amount": "3728", "currency": "eur", "status": "paid"}).json()["id"]
    since = now() - timedelta(hours=1)
    assert intent.id in {found.id for found in provider.intents(since=since)}
    assert setup in list(provider.setups(since=since))
    assert refund in list(provider.refunds(since=since))
    [transferred] = [found for found in provider.payouts(since=since) if found.id == payout]
    assert (transferred.amount, transferred.status) == (Decimal("37.28"), "paid")
    assert transferred == provider.payout(payout)
    assert (ObjectKind.INTENT, intent.id) in {
        (told.object_kind, told.object_id) for told in provider.notices(since=since)
    }


def test_its_webhooks_are_read_and_a_changed_byte_is_not(provider, there, payer):
    with webhooks_taken() as (taken, door):
        there.tell(f"{door}/webhooks", WEBHOOK_SECRETS[1])
        intent = paid(provider, there, payer)
        deadline = time.monotonic() + 10
        while not any(intent.id.encode() in body for body, _ in taken) and time.monotonic() < deadline:
            time.sleep(0.05)
    [(body, headers)] = [(body, headers) for body, headers in taken if intent.id.encode() in body]
    notice = provider.read_notice(body, headers)
    assert (notice.type, notice.object_kind, notice.object_id) == (
        "payment_intent.succeeded",
        ObjectKind.INTENT,
        intent.id,
    )
    assert notice in list(provider.notices(since=now() - timedelta(hours=1)))
    with pytest.raises(SignatureInvalid):
        provider.read_notice(body.replace(b"4900", b"9900"), headers)
