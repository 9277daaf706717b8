"""What goes wrong on the way to Stripe is told apart: surely not done, perhaps done, refused, or our own mistake."""

import logging
import socket
from contextlib import ExitStack
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.kernel.resilience.breaker import WINDOW
from apps.payments.errors import ProviderAmbiguous, ProviderRefused, ProviderUnavailable
from tests.support.stripe_adapter import SECRET_KEY, stripe_at
from tests.support.stripe_objects import (
    NO_ANSWER,
    SILENCE,
    Answer,
    a_list,
    a_paid_intent,
    an_intent,
    error,
    standing_in,
)

PAYMENT = UUID("0192b5f0-0000-7000-8000-000000000001")
INTENTS = "/v1/payment_intents"
ONE = "/v1/payment_intents/pi_1"


@pytest.fixture
def there():
    with standing_in() as (stand_in, address):
        stand_in.address = address
        yield stand_in


@pytest.fixture
def provider(there):
    with stripe_at(there.address, TREUM_STRIPE_ANSWER_SECONDS=0.3) as provider:
        yield provider


def begin(provider, **given):
    return provider.create_intent(
        **{
            "key": f"payment:{PAYMENT}",
            "payment_id": PAYMENT,
            "customer_id": "cus_1",
            "amount": Decimal("49.00"),
            "currency": "EUR",
            "description": "TREUM 2026-000001",
            "return_url": "https://app.treum.example/billing",
            **given,
        }
    )


PERHAPS_DONE = [
    pytest.param(NO_ANSWER, id="the connection broke after the request"),
    pytest.param(SILENCE, id="no answer in time"),
    pytest.param(error(500, "api_error", message="An unknown error occurred"), id="an error of Stripe's"),
    pytest.param(error(503, "api_error"), id="Stripe is overloaded"),
    pytest.param(error(409, "idempotency_error", code="idempotency_key_in_use"), id="the same is being done right now"),
    pytest.param(Answer(200, {}, {"Content-Length": "1"}), id="half an answer"),
]


@pytest.mark.parametrize("answer", PERHAPS_DONE)
def test_an_answer_that_was_lost_is_ambiguous_and_nothing_is_sent_again(provider, there, answer):
    there.on("POST", INTENTS, answer, an_intent())
    with pytest.raises(ProviderAmbiguous, match=f"whether it did begin payment {PAYMENT}"):
        begin(provider)
    assert len(there.calls_to(INTENTS)) == 1


@pytest.mark.parametrize("answer", PERHAPS_DONE)
def test_an_answer_to_a_question_that_was_lost_is_weather(provider, there, answer):
    there.on("GET", ONE, answer, an_intent())
    with pytest.raises(ProviderUnavailable):
        provider.intent("pi_1")
    assert provider.intent("pi_1").id == "pi_1"


@pytest.mark.parametrize("code", ["rate_limit", "lock_timeout"])
def test_too_many_calls_are_not_done_at_all(provider, there, code):
    there.on("POST", INTENTS, error(429, "invalid_request_error", code=code))
    with pytest.raises(ProviderUnavailable):
        begin(provider)


def test_without_a_connection_surely_nothing_was_done():
    with ExitStack() as server:
        there, address = server.enter_context(standing_in())
        there.on("GET", ONE, an_intent())
        with stripe_at(address) as provider:
            provider.intent("pi_1")
            provider.close()
            server.close()
            with pytest.raises(ProviderUnavailable):
                begin(provider)


def test_a_name_that_is_nobodys_surely_did_nothing(provider, there, monkeypatch):
    there.on("GET", ONE, an_intent())
    provider.intent("pi_1")
    provider.close()

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(ProviderUnavailable):
        begin(provider)


def test_one_key_for_two_different_things_is_refused(provider, there):
    said = "Keys for idempotent requests can only be used with the same parameters they were first used with."
    there.on("POST", INTENTS, error(400, "idempotency_error", message=said))
    with pytest.raises(ProviderRefused, match="can only be used with the same parameters"):
        begin(provider)


def test_what_stripe_refuses_is_refused_with_its_reason(provider, there):
    said = {"code": "resource_missing", "param": "customer", "message": "No such customer: 'cus_0'"}
    there.on("POST", INTENTS, error(404, "invalid_request_error", **said))
    with pytest.raises(ProviderRefused) as refused:
        begin(provider)
    assert refused.value.fields["reason"] == "No such customer: 'cus_0'"


def test_the_address_of_a_payer_is_not_in_the_reason(provider, there):
    said = {"code": "email_invalid", "param": "email", "message": "Invalid email address: anna@nowhere"}
    there.on("POST", "/v1/customers", error(400, "invalid_request_error", **said))
    with pytest.raises(ProviderRefused, match="e-mail address") as refused:
        provider.create_customer(key="c", customer_id=PAYMENT, email="anna@nowhere")
    assert "anna" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(error(401, "invalid_request_error", message=f"Invalid API Key provided: {SECRET_KEY}"), id="401"),
        pytest.param(error(403, "invalid_request_error", message=f"{SECRET_KEY} may not do this"), id="403"),
    ],
)
def test_a_key_that_stripe_refuses_is_a_mistake_of_ours_and_told_without_the_key(provider, there, answer, caplog):
    there.on("POST", INTENTS, answer)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ImproperlyConfigured) as mistake:
        begin(provider)
    assert "STRIPE_SECRET_KEY" in str(mistake.value)
    assert SECRET_KEY not in f"{mistake.value!r} {mistake.value.__cause__!r} {caplog.text}"


def test_the_key_of_another_account_does_nothing(provider, there):
    there.on("GET", "/v1/account", {"id": "acct_other", "object": "account"})
    there.on("POST", INTENTS, an_intent())
    with pytest.raises(ImproperlyConfigured, match="acct_other"):
        begin(provider)
    assert there.calls_to(INTENTS) == []


def test_the_account_is_asked_for_once(provider, there):
    there.on("GET", ONE, an_intent())
    provider.intent("pi_1")
    provider.intent("pi_1")
    assert len(there.calls_to("/v1/account")) == 1


def test_while_the_account_cannot_be_asked_for_surely_nothing_was_done(provider, there):
    there.on("GET", "/v1/account", error(500, "api_error"))
    with pytest.raises(ProviderUnavailable):
        begin(provider)
    assert there.calls_to(INTENTS) == []


def test_a_decline_without_its_intent_is_looked_for(provider, there):
    there.on("POST", INTENTS, error(402, "card_error", code="card_declined", message="Your card was declined."))
    with pytest.raises(ProviderAmbiguous, match="make the payment that was declined"):
        begin(provider, method_id="pm_1", off_session=True)


def test_an_outage_is_left_alone_and_nothing_is_asked_meanwhile(provider, there):
    there.on("GET", ONE, error(500, "api_error"))
    there.on("POST", INTENTS, an_intent())
    for _ in range(WINDOW):
        with pytest.raises(ProviderUnavailable):
            provider.intent("pi_1")
    with pytest.raises(ProviderUnavailable) as spared:
        begin(provider)
    assert spared.value.retry_after == 60
    assert there.calls_to(INTENTS) == []


def test_declines_and_refusals_are_no_outage(provider, there):
    there.on("POST", INTENTS, error(400, "invalid_request_error", message="No."))
    there.on("GET", ONE, an_intent())
    for _ in range(WINDOW):
        with pytest.raises(ProviderRefused):
            begin(provider)
    assert provider.intent("pi_1").id == "pi_1"


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [
        pytest.param("49.00", "EUR", "4900", id="two places"),
        pytest.param("500", "JPY", "500", id="none"),
        pytest.param("5", "ISK", "500", id="none, counted in hundredths"),
        pytest.param("1.230", "KWD", "1230", id="three, in steps of ten"),
    ],
)
def test_amounts_are_sent_in_the_units_of_their_currency(provider, there, amount, currency, sent):
    there.on("POST", INTENTS, an_intent(amount=int(sent), currency=currency.lower()))
    begun = begin(provider, amount=Decimal(amount), currency=currency)
    assert there.calls_to(INTENTS)[0].params["amount"] == sent
    assert (begun.amount, begun.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize(("amount", "currency"), [("0.00", "EUR"), ("-1.00", "EUR"), ("0.5", "JPY"), ("1.234", "KWD")])
def test_amounts_that_cannot_be_collected_exactly_are_never_sent(provider, there, amount, currency):
    with pytest.raises(ProviderRefused, match="is no multiple of"):
        begin(provider, amount=Decimal(amount), currency=currency)
    assert there.asked == []


def test_lists_that_break_off_say_so_instead_of_ending(provider, there):
    there.on("GET", INTENTS, a_list(a_paid_intent(), more=True), error(500, "api_error"))
    with pytest.raises(ProviderUnavailable):
        provider.find_intent(PAYMENT, customer_id="cus_1")


def test_the_library_logs_nothing_of_what_it_sends(provider, there, caplog):
    there.on("POST", INTENTS, an_intent())
    begin(provider)
    assert "client_secret" not in caplog.text
    assert logging.getLogger("stripe").getEffectiveLevel() == logging.WARNING
