"""The sandbox keeps the promises of the port, its cards behave as they say, and its page cannot be talked into more."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.adapters.sandbox.models import Event
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.provider import SandboxProvider
from apps.payments.adapters.sandbox.refunds import settle_refund
from apps.payments.adapters.sandbox.weather import let_calls
from apps.payments.errors import ProviderAmbiguous, ProviderObjectUnknown, ProviderRefused, ProviderUnavailable
from apps.payments.ports import (
    IntentStatus,
    MovementKind,
    PaymentProvider,
    ProviderIntent,
    ProviderRefund,
    ProviderSetup,
)
from tests.integration.payments.provider_suite import AMOUNT, ProviderSuite, begun
from tests.support.checkout import (
    ALWAYS_3DS,
    DECLINED_CARD,
    DECLINED_LATER,
    GOOD_CARD,
    MASTERCARD,
    NEVER_REFUNDED,
    NO_FUNDS,
    ONCE_3DS,
    REFUNDED_LATER,
    confirm,
    pay,
    send,
)

PAYMENT = uuid7()

pytestmark = pytest.mark.django_db(databases=["default", "payments"])


@pytest.fixture
def provider() -> PaymentProvider:
    return SandboxProvider()


@pytest.fixture
def payer(provider: PaymentProvider) -> str:
    return a_payer(provider)


@pytest.fixture
def card(provider: PaymentProvider) -> Callable[[str], str]:
    return lambda payer: entered(provider, payer, GOOD_CARD)


class TestSandbox(ProviderSuite):
    """The promises of the port."""


@pytest.mark.parametrize(
    ("number", "status", "failure"),
    [
        pytest.param(GOOD_CARD, "succeeded", None, id="a good card"),
        pytest.param(MASTERCARD, "succeeded", None, id="a good card of another brand"),
        pytest.param(DECLINED_LATER, "succeeded", None, id="a card that is declined later"),
        pytest.param(ONCE_3DS, "succeeded", None, id="a card whose bank asks once"),
        pytest.param(ALWAYS_3DS, "succeeded", None, id="a card whose bank always asks"),
        pytest.param(DECLINED_CARD, "requires_payment_method", "generic_decline", id="a declined card"),
        pytest.param(NO_FUNDS, "requires_payment_method", "insufficient_funds", id="a card without funds"),
        pytest.param("378282246310005", "succeeded", None, id="a card of 15 digits"),
        pytest.param("4000000000000069", "requires_payment_method", "expired_card", id="an expired card"),
        pytest.param("4000000000009987", "requires_payment_method", "lost_card", id="a lost card"),
        pytest.param("4000000000000127", "requires_payment_method", "incorrect_cvc", id="a card with another CVC"),
        pytest.param("4000000000000119", "requires_payment_method", "processing_error", id="a card that breaks"),
        pytest.param("4000008400001629", "requires_payment_method", "generic_decline", id="declined after its bank"),
    ],
)
def test_cards_on_the_page(
    provider: PaymentProvider, payer: str, number: str, status: str, failure: str | None
) -> None:
    intent = begun(provider, payer, uuid7())
    pay(intent.page_url or "", card=number)
    after = provider.intent(intent.id)
    assert (after.status, after.failure_code) == (status, failure)


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(GOOD_CARD, "succeeded", id="a good card"),
        pytest.param(ONCE_3DS, "succeeded", id="a bank that asked once does not ask again"),
        pytest.param(ALWAYS_3DS, "requires_action", id="a bank that always asks"),
        pytest.param(DECLINED_LATER, "requires_payment_method", id="a card that is declined later"),
    ],
)
def test_cards_without_their_owner(provider: PaymentProvider, payer: str, number: str, status: str) -> None:
    method = entered(provider, payer, number)
    assert begun(provider, payer, uuid7(), method_id=method, off_session=True).status == status


def test_a_bank_that_says_no_leaves_the_payment_open(provider: PaymentProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    page = pay(intent.page_url or "", card=ONCE_3DS, agreed=False)
    assert "did not confirm" in page.content.decode()
    assert provider.intent(intent.id).status == IntentStatus.REQUIRES_PAYMENT_METHOD
    pay(intent.page_url or "", card=GOOD_CARD)
    assert provider.intent(intent.id).status == IntentStatus.SUCCEEDED


def test_the_same_card_has_the_same_fingerprint_whoever_enters_it(provider: PaymentProvider) -> None:
    prints = {paid(provider, a_payer(provider), GOOD_CARD).method.fingerprint for _ in range(2)}
    other = paid(provider, a_payer(provider), MASTERCARD).method.fingerprint
    assert len(prints) == 1
    assert other not in prints


def test_a_page_is_good_for_one_payment(provider: PaymentProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    browser = Client()
    page = browser.get(path(intent))
    pay(intent.page_url or "")
    send(browser, path(intent), page, {"do": "pay", "number": MASTERCARD, "expiry": "12/39", "cvc": "123"})
    after = provider.intent(intent.id)
    assert after.method is not None
    assert after.method.brand == "visa"
    assert "Paid. Thank you!" in browser.get(path(intent)).content.decode()


@pytest.mark.parametrize(
    ("forged", "sentence"),
    [
        pytest.param({"amount": "0.01", "currency": "JPY"}, "(amount, currency)", id="another amount"),
        pytest.param({"status": "succeeded"}, "(status)", id="paid already"),
        pytest.param({"customer": "cus_another"}, "(customer)", id="another payer"),
        pytest.param({"return_url": "https://evil.example"}, "(return_url)", id="another way back"),
        pytest.param({"do": "give"}, "(do)", id="another deed"),
    ],
)
def test_a_form_that_was_changed_is_refused_with_the_reason(
    provider: PaymentProvider, payer: str, forged: dict[str, str], sentence: str
) -> None:
    intent = begun(provider, payer, uuid7())
    browser = Client(enforce_csrf_checks=True)
    form = {"number": GOOD_CARD, "expiry": "12/39", "cvc": "123", **forged}
    answer = send(browser, path(intent), browser.get(path(intent)), form)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert provider.intent(intent.id) == intent


def test_a_form_from_elsewhere_is_refused(provider: PaymentProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    answer = Client(enforce_csrf_checks=True).post(path(intent), {"number": GOOD_CARD, "expiry": "12/39", "cvc": "1"})
    assert answer.status_code == 403
    assert provider.intent(intent.id).status == IntentStatus.REQUIRES_PAYMENT_METHOD


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        pytest.param({"number": "4111111111111111"}, "none of the sandbox", id="a number that may be real"),
        pytest.param({"number": "4242424242424241"}, "a digit that is wrong", id="a wrong check digit"),
        pytest.param({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "a digit that is wrong", id="digits of another script"),
        pytest.param({"number": ""}, "Enter the number", id="no number"),
        pytest.param({"expiry": "12/20"}, "has expired", id="an expired card"),
        pytest.param({"expiry": "13/39"}, "month and year", id="no month"),
        pytest.param({"expiry": "soon"}, "month and year", id="no date"),
        pytest.param({"cvc": "x"}, "three or four digits", id="no code"),
        pytest.param({"cvc": "12"}, "three or four digits", id="half a code"),
    ],
)
def test_what_is_no_card_is_refused_in_a_sentence(
    provider: PaymentProvider, payer: str, form: dict[str, str], sentence: str
) -> None:
    intent = begun(provider, payer, uuid7())
    answer = Client().post(path(intent), {"number": GOOD_CARD, "expiry": "12/39", "cvc": "123", **form})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert provider.intent(intent.id).status == IntentStatus.REQUIRES_PAYMENT_METHOD


def test_a_canceled_payment_cannot_be_paid(provider: PaymentProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    provider.cancel_intent(intent.id, key="cancel")
    Client().post(path(intent), {"number": GOOD_CARD, "expiry": "12/39", "cvc": "123"})
    assert provider.intent(intent.id).status == IntentStatus.CANCELED
    assert "was canceled" in Client().get(path(intent)).content.decode()


def test_nobody_finds_a_page_by_guessing(provider: PaymentProvider, payer: str, settings: object) -> None:
    assert Client().get("/sandbox/checkout/guess").status_code == 404
    settings.TREUM_PAYMENTS_PROVIDER = "stripe"
    assert Client().get(path(begun(provider, payer, uuid7()))).status_code == 404


def test_fees_and_payouts_add_up(provider: PaymentProvider, payer: str) -> None:
    intent = paid(provider, payer, GOOD_CARD)
    refund = uuid7()
    provider.create_refund(key="r", refund_id=refund, intent_id=intent.id, amount=Decimal(9), currency="EUR")
    (payout,) = pay_out()
    assert intent.fee == Decimal("1.72")
    assert payout.amount == AMOUNT - Decimal("1.72") - 9
    moves = list(provider.movements(payout.pk))
    assert [(move.kind, move.amount) for move in moves] == [(MovementKind.CHARGE, AMOUNT), (MovementKind.REFUND, -9)]
    assert pay_out() == []
    assert [one.id for one in provider.payouts(since=now() - timedelta(minutes=1))] == [payout.pk]


def test_more_that_went_back_than_came_in_waits_for_the_next_payout(provider: PaymentProvider, payer: str) -> None:
    intent = paid(provider, payer, GOOD_CARD)
    pay_out()
    refunded(provider, intent, "49.00")
    assert pay_out() == []
    paid(provider, payer, GOOD_CARD)
    assert pay_out() == [], "the second payment less its fee does not cover the refund"
    paid(provider, payer, GOOD_CARD)
    (payout,) = pay_out()
    assert payout.amount == AMOUNT - 2 * Decimal("1.72")


def test_each_currency_is_paid_out_by_itself(provider: PaymentProvider, payer: str) -> None:
    paid(provider, payer, GOOD_CARD)
    pay(asked(provider, payer, amount=Decimal(7900), currency="JPY").page_url or "")
    assert {(payout.currency, f"{payout.amount:f}") for payout in pay_out()} == {("EUR", "47.28"), ("JPY", "7671")}


def test_a_page_without_places(provider: PaymentProvider, payer: str) -> None:
    intent = asked(provider, payer, amount=Decimal(7900), currency="JPY")
    assert "Pay 7,900 JPY" in Client().get(path(intent)).content.decode()


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"amount": Decimal(0)}, id="nothing"),
        pytest.param({"amount": Decimal(-5)}, id="less than nothing"),
        pytest.param({"amount": Decimal("NaN")}, id="no number"),
        pytest.param({"amount": Decimal("1.001")}, id="a part of a cent"),
        pytest.param({"currency": "XYZ"}, id="no currency"),
        pytest.param({"customer_id": "cus_nobody"}, id="nobody"),
        pytest.param({"method_id": "pm_nothing"}, id="no card"),
    ],
)
def test_what_nobody_can_collect(provider: PaymentProvider, payer: str, wanted: dict[str, object]) -> None:
    with pytest.raises(ProviderRefused):
        asked(provider, payer, **wanted)
    assert list(provider.intents(since=now() - timedelta(minutes=1))) == []


@pytest.mark.parametrize("other", ["description", "return_url", "customer_id", "off_session"])
def test_a_key_is_for_the_same_words(provider: PaymentProvider, payer: str, other: str) -> None:
    instead = {
        "description": "x",
        "return_url": "http://y.example",
        "customer_id": a_payer(provider),
        "off_session": True,
    }
    asked(provider, payer, key="k")
    with pytest.raises(ProviderRefused, match="something else"):
        asked(provider, payer, key="k", **{other: instead[other]})


def test_a_key_of_a_payment_is_none_of_a_refund(provider: PaymentProvider, payer: str) -> None:
    intent = paid(provider, payer, GOOD_CARD)
    with pytest.raises(ProviderRefused, match="something else"):
        provider.create_customer(
            key=f"payment:{intent.metadata['payment_id']}", customer_id=uuid7(), email="x@x.example"
        )


def test_a_card_is_charged_for_its_own_payer_only(provider: PaymentProvider, payer: str) -> None:
    method = entered(provider, payer, GOOD_CARD)
    with pytest.raises(ProviderRefused, match="has no card"):
        asked(provider, a_payer(provider), method_id=method)


def test_a_setup_is_no_payment_and_no_payment_a_setup(provider: PaymentProvider, payer: str) -> None:
    setup, intent = a_setup(provider, payer), begun(provider, payer, uuid7())
    with pytest.raises(ProviderObjectUnknown):
        provider.intent(setup.id)
    with pytest.raises(ProviderObjectUnknown):
        provider.setup(intent.id)
    with pytest.raises(ProviderObjectUnknown):
        provider.cancel_intent(setup.id, key="x")
    assert [one.id for one in provider.setups(since=now() - timedelta(minutes=1))] == [setup.id]


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(GOOD_CARD, "succeeded", id="a good card"),
        pytest.param(ONCE_3DS, "succeeded", id="a card whose bank asks"),
        pytest.param(DECLINED_LATER, "succeeded", id="a card that is declined later"),
        pytest.param(DECLINED_CARD, "requires_payment_method", id="a declined card"),
    ],
)
def test_a_card_is_added_without_paying(provider: PaymentProvider, payer: str, number: str, status: str) -> None:
    setup = a_setup(provider, payer)
    page = Client().get(path(setup)).content.decode()
    assert "Nothing is charged now" in page
    assert "Pay " not in page
    pay(setup.page_url or "", card=number)
    after = provider.setup(setup.id)
    assert (after.status, after.method is not None) == (status, True)
    assert pay_out() == []


def test_a_setup_that_was_canceled_takes_no_card(provider: PaymentProvider, payer: str) -> None:
    setup = a_setup(provider, payer)
    assert provider.cancel_setup(setup.id, key="x").status == IntentStatus.CANCELED
    pay(setup.page_url or "")
    assert provider.setup(setup.id).status == IntentStatus.CANCELED


def test_a_bank_confirms_what_was_charged_without_the_owner(provider: PaymentProvider, payer: str) -> None:
    method = entered(provider, payer, ALWAYS_3DS)
    intent = begun(provider, payer, uuid7(), method_id=method, off_session=True)
    confirm(intent.page_url or "")
    assert provider.intent(intent.id).status == IntentStatus.SUCCEEDED


def test_a_refund_that_takes_its_time(provider: PaymentProvider, payer: str) -> None:
    refund = refunded(provider, paid(provider, payer, REFUNDED_LATER), "9.00")
    assert refund.status == "pending"
    settle_refund(refund.id)
    settle_refund(refund.id)
    assert provider.refund(refund.id).status == "succeeded"
    assert told_of(refund.id) == ["refund.created", "refund.updated"]


def test_a_refund_that_comes_back(provider: PaymentProvider, payer: str) -> None:
    intent = paid(provider, payer, NEVER_REFUNDED)
    refund = refunded(provider, intent, "9.00")
    assert (refund.status, provider.intent(intent.id).amount_refunded) == ("succeeded", Decimal("9.00"))
    settle_refund(refund.id)
    settle_refund(refund.id)
    after = provider.refund(refund.id)
    assert (after.status, after.failure_code) == ("failed", "lost_or_stolen_card")
    assert provider.intent(intent.id).amount_refunded == 0
    (payout,) = pay_out()
    moves = [(move.kind, move.amount) for move in provider.movements(payout.pk)]
    assert moves[1:] == [(MovementKind.REFUND, -9), (MovementKind.REFUND_FAILURE, 9)]
    assert payout.amount == AMOUNT - Decimal("1.72")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        pytest.param("49.01", "EUR", id="more than was paid"),
        pytest.param("9", "JPY", id="another currency"),
        pytest.param("0", "EUR", id="nothing"),
        pytest.param("-9", "EUR", id="less than nothing"),
        pytest.param("0.001", "EUR", id="a part of a cent"),
    ],
)
def test_what_is_not_refunded(provider: PaymentProvider, payer: str, amount: str, currency: str) -> None:
    intent = paid(provider, payer, GOOD_CARD)
    with pytest.raises(ProviderRefused):
        refunded(provider, intent, amount, currency=currency)
    assert provider.intent(intent.id).amount_refunded == 0


def test_what_was_not_paid_is_not_refunded(provider: PaymentProvider, payer: str) -> None:
    with pytest.raises(ProviderRefused, match="was not paid"):
        refunded(provider, begun(provider, payer, uuid7()), "9.00")


def test_nobody_asks_from_inside_a_transaction(provider: PaymentProvider, payer: str) -> None:
    with transaction.atomic(using="payments"), pytest.raises(RuntimeError, match="durable"):
        begun(provider, payer, uuid7())


def test_bad_weather_loses_an_answer_but_not_the_deed(provider: PaymentProvider, payer: str) -> None:
    payment = uuid7()
    let_calls(ambiguous=1)
    with pytest.raises(ProviderAmbiguous):
        begun(provider, payer, payment)
    found = provider.find_intent(payment, customer_id=payer)
    assert found is not None
    assert begun(provider, payer, payment).id == found.id


def test_worse_weather_does_nothing(provider: PaymentProvider, payer: str) -> None:
    payment = uuid7()
    let_calls(unavailable=1)
    with pytest.raises(ProviderUnavailable):
        begun(provider, payer, payment)
    assert provider.find_intent(payment, customer_id=payer) is None


def test_bad_weather_counts_calls_that_cancel_too(provider: PaymentProvider, payer: str) -> None:
    intent = begun(provider, payer, uuid7())
    let_calls(ambiguous=1, unavailable=1)
    with pytest.raises(ProviderUnavailable):
        provider.cancel_intent(intent.id, key="x")
    assert provider.intent(intent.id).status == IntentStatus.REQUIRES_PAYMENT_METHOD
    with pytest.raises(ProviderAmbiguous):
        provider.cancel_intent(intent.id, key="x")
    assert provider.intent(intent.id).status == IntentStatus.CANCELED


def asked(provider: PaymentProvider, payer: str, **instead: object) -> ProviderIntent:
    """Begin a payment that differs from a plain one in something."""
    plain: dict[str, Any] = {
        "key": f"payment:{uuid7()}",
        "payment_id": PAYMENT,
        "customer_id": payer,
        "amount": AMOUNT,
        "currency": "EUR",
        "description": "TREUM INV-000001",
        "return_url": "http://x.example/billing",
    }
    return provider.create_intent(**{**plain, **instead})


def a_setup(provider: PaymentProvider, payer: str) -> ProviderSetup:
    return provider.create_setup(
        key=f"setup:{uuid7()}", subscription_id=uuid7(), customer_id=payer, return_url="http://x.example/"
    )


def refunded(
    provider: PaymentProvider, intent: ProviderIntent, amount: str, *, currency: str = "EUR"
) -> ProviderRefund:
    ours = uuid7()
    return provider.create_refund(
        key=f"refund:{ours}", refund_id=ours, intent_id=intent.id, amount=Decimal(amount), currency=currency
    )


def told_of(object_id: str) -> list[str]:
    """Return the types of the events about an object, in order."""
    return list(Event.objects.filter(object_id=object_id).order_by("created_at").values_list("type", flat=True))


def a_payer(provider: PaymentProvider) -> str:
    person = uuid7()
    return provider.create_customer(key=f"customer:{person}", customer_id=person, email=f"{person}@example.com")


def paid(provider: PaymentProvider, payer: str, number: str) -> ProviderIntent:
    intent = begun(provider, payer, uuid7())
    pay(intent.page_url or "", card=number)
    return provider.intent(intent.id)


def entered(provider: PaymentProvider, payer: str, number: str) -> str:
    method = paid(provider, payer, number).method
    assert method is not None
    return method.id


def path(intent: ProviderIntent | ProviderSetup) -> str:
    return "/sandbox/" + (intent.page_url or "").partition("/sandbox/")[2]
