"""The sandbox keeps the promises of the port, its cards behave as they say, and its page cannot be talked into more."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.adapters.sandbox.money import fee_of
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.provider import SandboxProvider
from apps.payments.adapters.sandbox.weather import let_calls
from apps.payments.errors import ProviderAmbiguous, ProviderUnavailable
from apps.payments.ports import IntentStatus, MovementKind, PaymentProvider, ProviderIntent
from tests.integration.payments.provider_suite import AMOUNT, ProviderSuite, begun
from tests.support.checkout import (
    ALWAYS_3DS,
    DECLINED_CARD,
    DECLINED_LATER,
    GOOD_CARD,
    MASTERCARD,
    NO_FUNDS,
    ONCE_3DS,
    pay,
    send,
)

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


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        pytest.param(Decimal(490), "EUR", Decimal("14.51"), id="euros"),
        pytest.param(Decimal(1000), "JPY", Decimal(29), id="a currency without places"),
        pytest.param(Decimal("0.20"), "EUR", Decimal("0.20"), id="never more than the amount"),
    ],
)
def test_fees(amount: Decimal, currency: str, fee: Decimal) -> None:
    assert fee_of(amount, currency=currency) == fee


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


def path(intent: ProviderIntent) -> str:
    return "/sandbox/" + (intent.page_url or "").partition("/sandbox/")[2]
