"""What we say to people about their money and their plan."""

from decimal import Decimal

import pytest

from apps.kernel.ids import uuid7
from apps.notifications import money_wording
from apps.notifications.enums import Kind
from apps.notifications.money_wording import of_standing
from tests.support.payments_events import a_failure, a_payment, a_question, a_refund, a_standing, a_trial_end, on_free

BILLING = "http://127.0.0.1:3000/billing"
PRO, FREE = "pro", "free"


def test_a_receipt_says_how_much_for_what():
    payment = a_payment(uuid7())
    notice = money_wording.of_payment(payment)
    assert (notice.kind, notice.subject_id) == (Kind.PAYMENT_COMPLETED, payment.payment_id)
    assert notice.title == "Paid: 49.00 EUR"
    assert notice.body == f"We received 49.00 EUR for invoice INV-000042, which you find at {BILLING}."
    assert notice.data == {
        "amount": "49.00",
        "currency": "EUR",
        "payment_id": str(payment.payment_id),
        "invoice_id": str(payment.invoice_id),
        "invoice_number": "INV-000042",
        "completed_at": "2026-05-01T12:00:00Z",
        "variant": "",
        "link": BILLING,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [("49", "EUR", "49.00 EUR"), ("1200.000000", "JPY", "1200 JPY"), ("4.9", "BHD", "4.900 BHD")],
)
def test_an_amount_has_the_places_of_its_currency(amount, currency, words):
    notice = money_wording.of_payment(a_payment(uuid7(), amount=Decimal(amount), currency=currency))
    assert notice.title == f"Paid: {words}"
    assert notice.data["amount"] == words.split()[0]


def test_a_failure_says_which_attempt_why_and_when_the_next_is():
    notice = money_wording.of_failed_payment(a_failure(uuid7()))
    assert notice.body == (
        "Attempt 2 to collect 49.00 EUR for invoice INV-000042 failed: there was not enough money. "
        f"We try again on 4 May 2026. Pay, or change your card, at {BILLING}."
    )
    assert notice.data["next_attempt_at"] == "2026-05-04T12:00:00Z"


def test_a_last_failure_says_that_it_was_the_last():
    notice = money_wording.of_failed_payment(a_failure(uuid7(), attempt=4, next_attempt_at=None, reason="do_not_honor"))
    assert notice.body == (
        "Attempt 4 to collect 49.00 EUR for invoice INV-000042 failed: your bank declined it. "
        f"We do not try again by ourselves. Pay, or change your card, at {BILLING}."
    )
    assert (notice.data["variant"], notice.data["next_attempt_at"]) == ("last", None)


def test_a_question_says_where_to_answer_it():
    notice = money_wording.of_required_action(a_question(uuid7()))
    assert notice.title == "Please confirm: 49.00 EUR"
    assert notice.body.endswith(f"Confirm the payment with your bank, or pay with another card, at {BILLING}.")


def test_a_refund_and_the_end_of_a_trial_say_how_much_and_when():
    assert money_wording.of_refund(a_refund(uuid7())).title == "Refunded: 49.00 EUR"
    trial = money_wording.of_trial_end(a_trial_end(uuid7()))
    assert trial.title == "Your trial of Pro ends on 1 May 2026"
    assert "Pro is paid for: 49.00 EUR" in trial.body


@pytest.mark.parametrize(
    ("before", "heard", "title"),
    [
        pytest.param(FREE, {}, "Your plan is now Pro", id="bought"),
        pytest.param("", {}, "Your plan is now Pro", id="bought, and nothing known before"),
        pytest.param(FREE, {"status": "trialing"}, "Your trial of Pro has begun", id="tried"),
        pytest.param(PRO, {}, None, id="the receipt tells of what is bought after a trial"),
        pytest.param("basic", {}, "Your plan is now Pro", id="upgraded"),
        pytest.param(FREE, {"status": "past_due"}, "Your plan is now Pro", id="bought, heard when payment was open"),
        pytest.param(PRO, {}, None, id="renewed"),
        pytest.param(PRO, {"cancel_at_period_end": True}, None, id="cancelled for later, by themselves"),
        pytest.param(PRO, {"status": "past_due"}, None, id="payment open: told of the payment"),
        pytest.param(PRO, {"status": "past_due"}, None, id="payment after a trial open"),
        pytest.param("", {"current_period_end": None}, None, id="given without an end"),
    ],
)
def test_a_plan_is_told_when_it_is_another_one(before, heard, title):
    notice = of_standing(a_standing(uuid7(), 1, **heard), before=before)
    assert (notice and notice.title) == title


@pytest.mark.parametrize(
    ("before", "status", "title"),
    [
        pytest.param(PRO, "canceled", "Your plan Pro has ended", id="cancelled"),
        pytest.param(PRO, "paused", "Your plan Pro has ended", id="paused"),
        pytest.param(PRO, "none", "Your plan Pro has ended", id="what seeds gave is over"),
        pytest.param(FREE, "incomplete", None, id="about to buy"),
        pytest.param(FREE, "incomplete_expired", None, id="never bought"),
        pytest.param("", "none", None, id="just signed up"),
    ],
)
def test_an_end_is_told_to_those_who_had_a_plan(before, status, title):
    notice = of_standing(on_free(uuid7(), 1, status), before=before)
    assert (notice and notice.title) == title


def test_words_about_a_plan_say_until_when_and_what_then():
    begun = of_standing(a_standing(uuid7(), 1), before=FREE)
    assert begun.body == (
        f"You have Pro until 1 May 2026. It is renewed then, unless you choose otherwise at {BILLING}."
    )
    over = of_standing(a_standing(uuid7(), 1, cancel_at_period_end=True), before=FREE)
    assert "It is over then" in over.body
    ended = of_standing(on_free(uuid7(), 2), before=PRO)
    assert ended.body == (
        f"You are on Free now. Exits that protect your open positions go on. Choose a plan again at {BILLING}."
    )
