"""The Stripe adapter reads the objects that Stripe documents, through its own library and over real HTTP."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import stripe

from apps.payments.errors import ProviderObjectUnknown, ProviderRefused
from apps.payments.ports import IntentStatus, MovementKind, ObjectKind, ProviderMethod, RefundStatus
from tests.support.stripe_adapter import FRONTEND, SECRET_KEY, stripe_at
from tests.support.stripe_objects import (
    CREATED,
    a_balance_line,
    a_card,
    a_charge,
    a_decline,
    a_list,
    a_paid_intent,
    a_payout,
    a_refund,
    a_setup,
    an_event,
    an_intent,
    error,
    standing_in,
)

PAYMENT = UUID("0192b5f0-0000-7000-8000-000000000001")
SUBSCRIPTION = UUID("0192b5f0-0000-7000-8000-000000000002")
REFUND = UUID("0192b5f0-0000-7000-8000-000000000003")
CUSTOMER = UUID("0192b5f0-0000-7000-8000-000000000004")
THEN = datetime.fromtimestamp(CREATED, tz=UTC)
PAGE = f"{FRONTEND}/checkout/{PAYMENT}#client_secret=pi_1_secret_abc"
THE_CARD = ProviderMethod(
    id="pm_1", brand="visa", last4="4242", exp_month=12, exp_year=2034, fingerprint="Xt5EWLLDS7FJjR1c"
)


@pytest.fixture
def there():
    with standing_in() as (stand_in, address):
        stand_in.address = address
        yield stand_in


@pytest.fixture
def provider(there):
    with stripe_at(there.address) as provider:
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
            "return_url": f"{FRONTEND}/billing",
            **given,
        }
    )


OURS = {"metadata": {"payment_id": str(PAYMENT)}}


@pytest.mark.parametrize(
    ("made", "type_"),
    [
        (a_card(), stripe.PaymentMethod),
        (a_balance_line(), stripe.BalanceTransaction),
        (a_charge(), stripe.Charge),
        (an_intent(), stripe.PaymentIntent),
        (a_setup(), stripe.SetupIntent),
        (a_refund(), stripe.Refund),
        (a_payout(), stripe.Payout),
        (an_event({}), stripe.Event),
    ],
    ids=lambda made: made["object"] if isinstance(made, dict) else "",
)
def test_the_objects_have_no_attribute_that_the_library_does_not_know(made, type_):
    assert made["object"] == type_.OBJECT_NAME
    assert set(made) <= set(type_.__annotations__)


def test_a_payment_with_a_page_is_asked_for_once_with_all_that_it_needs(provider, there):
    there.on("POST", "/v1/payment_intents", an_intent(**OURS))
    begun = begin(provider)
    [asked] = there.calls_to("/v1/payment_intents")
    assert asked.params == {
        "amount": "4900",
        "currency": "eur",
        "customer": "cus_1",
        "description": "TREUM 2026-000001",
        "metadata[payment_id]": str(PAYMENT),
        "allowed_payment_method_types[0]": "card",
        "capture_method": "automatic",
        "setup_future_usage": "off_session",
        "expand[0]": "latest_charge.balance_transaction",
        "expand[1]": "payment_method",
    }
    assert asked.headers["Idempotency-Key"] == f"payment:{PAYMENT}"
    assert asked.headers["Stripe-Version"] == "2026-10-28.endive"
    assert asked.headers["Authorization"] == f"Bearer {SECRET_KEY}"
    assert (begun.status, begun.amount, begun.currency) == (
        IntentStatus.REQUIRES_PAYMENT_METHOD,
        Decimal("49.00"),
        "EUR",
    )
    assert (begun.page_url, begun.client_secret, begun.failure_code) == (PAGE, "pi_1_secret_abc", None)
    assert (begun.metadata, begun.created_at, begun.customer_id) == (OURS["metadata"], THEN, "cus_1")


def test_a_renewal_charges_the_card_at_once_and_learns_its_fee(provider, there):
    there.on("POST", "/v1/payment_intents", a_paid_intent(**OURS))
    paid = begin(provider, method_id="pm_1", off_session=True)
    [asked] = there.calls_to("/v1/payment_intents")
    given = {name: asked.params.get(name) for name in ("payment_method", "confirm", "off_session", "return_url")}
    assert given == {
        "payment_method": "pm_1",
        "confirm": "true",
        "off_session": "true",
        "return_url": f"{FRONTEND}/billing",
    }
    assert "setup_future_usage" not in asked.params
    assert (paid.status, paid.fee, paid.method) == (IntentStatus.SUCCEEDED, Decimal("1.72"), THE_CARD)
    assert paid.page_url is None


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        pytest.param(
            {"decline_code": "insufficient_funds"},
            IntentStatus.REQUIRES_PAYMENT_METHOD,
            "insufficient_funds",
            id="the bank says why",
        ),
        pytest.param({"code": "expired_card"}, IntentStatus.REQUIRES_PAYMENT_METHOD, "expired_card", id="a code only"),
        pytest.param(
            {"code": "authentication_required", "decline_code": "authentication_required"},
            IntentStatus.REQUIRES_ACTION,
            "authentication_required",
            id="the bank wants its customer, who is absent",
        ),
    ],
)
def test_a_declined_renewal_is_an_intent_with_the_reason(provider, there, said, status, code):
    there.on("POST", "/v1/payment_intents", a_decline(an_intent(**OURS), **said))
    declined = begin(provider, method_id="pm_1", off_session=True)
    assert (declined.id, declined.status, declined.failure_code) == ("pi_1", status, code)
    assert declined.page_url == PAGE
    assert declined.fee is None


def test_three_d_secure_leads_to_our_own_page(provider, there):
    asked_for = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    there.on(
        "GET",
        "/v1/payment_intents/pi_1",
        an_intent(**OURS, status="requires_action", next_action=asked_for, payment_method=a_card()),
    )
    waiting = provider.intent("pi_1")
    assert (waiting.status, waiting.page_url, waiting.method) == (IntentStatus.REQUIRES_ACTION, PAGE, THE_CARD)


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("requires_payment_method", IntentStatus.REQUIRES_PAYMENT_METHOD),
        ("requires_confirmation", IntentStatus.REQUIRES_PAYMENT_METHOD),
        ("requires_action", IntentStatus.REQUIRES_ACTION),
        ("processing", IntentStatus.PROCESSING),
        ("requires_capture", IntentStatus.PROCESSING),
        ("succeeded", IntentStatus.SUCCEEDED),
        ("canceled", IntentStatus.CANCELED),
    ],
)
def test_every_status_has_a_word_of_ours(provider, there, said, ours):
    there.on("GET", "/v1/payment_intents/pi_1", an_intent(status=said))
    assert provider.intent("pi_1").status == ours


def test_a_status_that_nobody_knows_is_not_guessed(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", an_intent(status="requires_patience"))
    with pytest.raises(ProviderRefused, match="pi_1 is requires_patience, which we do not know"):
        provider.intent("pi_1")


def test_what_was_given_back_is_read_from_the_charge(provider, there):
    charge = a_charge(amount_refunded=1000, balance_transaction=a_balance_line())
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent(latest_charge=charge))
    assert provider.intent("pi_1").amount_refunded == Decimal("10.00")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("txn_1", id="not expanded"),
        pytest.param(None, id="not booked yet"),
        pytest.param(a_balance_line(currency="usd", fee=190), id="taken in another currency"),
    ],
)
def test_a_fee_that_is_not_known_is_not_guessed(provider, there, line):
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent(latest_charge=a_charge(balance_transaction=line)))
    paid = provider.intent("pi_1")
    assert (paid.status, paid.fee) == (IntentStatus.SUCCEEDED, None)


def test_what_is_no_card_is_not_kept_as_one(provider, there):
    account = {**a_card(type="sepa_debit"), "card": None, "sepa_debit": {"last4": "3000"}}
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent(payment_method=account))
    assert provider.intent("pi_1").method is None


def test_an_object_of_the_other_mode_is_refused(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", an_intent(livemode=True))
    with pytest.raises(ProviderRefused, match="pi_1 is not of the mode that we run in"):
        provider.intent("pi_1")


@pytest.mark.parametrize(
    ("ask", "path", "kind"),
    [
        (lambda provider: provider.intent("pi_0"), "/v1/payment_intents/pi_0", "payment"),
        (lambda provider: provider.setup("seti_0"), "/v1/setup_intents/seti_0", "setup"),
        (lambda provider: provider.refund("re_0"), "/v1/refunds/re_0", "refund"),
        (lambda provider: provider.payout("po_0"), "/v1/payouts/po_0", "payout"),
    ],
    ids=["intent", "setup", "refund", "payout"],
)
def test_what_stripe_does_not_know_is_unknown(provider, there, ask, path, kind):
    with pytest.raises(ProviderObjectUnknown, match=f"knows no {kind} {path.rsplit('/', 1)[-1]}"):
        ask(provider)
    assert len(there.calls_to(path)) == 1


def test_a_setup_is_begun_for_a_subscription(provider, there):
    metadata = {"subscription_id": str(SUBSCRIPTION)}
    there.on("POST", "/v1/setup_intents", a_setup(metadata=metadata))
    begun = provider.create_setup(
        key="setup:1", subscription_id=SUBSCRIPTION, customer_id="cus_1", return_url=f"{FRONTEND}/billing"
    )
    [asked] = there.calls_to("/v1/setup_intents")
    assert asked.params == {
        "customer": "cus_1",
        "usage": "off_session",
        "allowed_payment_method_types[0]": "card",
        "metadata[subscription_id]": str(SUBSCRIPTION),
        "expand[0]": "payment_method",
    }
    assert asked.headers["Idempotency-Key"] == "setup:1"
    assert (begun.status, begun.metadata) == (IntentStatus.REQUIRES_PAYMENT_METHOD, metadata)
    assert begun.page_url == f"{FRONTEND}/cards/seti_1#client_secret=seti_1_secret_abc"


def test_a_setup_brings_its_card_or_the_reason_why_not(provider, there):
    refused = {"type": "card_error", "code": "card_declined", "decline_code": "stolen_card"}
    there.on(
        "GET",
        "/v1/setup_intents/seti_1",
        a_setup(last_setup_error=refused),
        a_setup(status="succeeded", payment_method=a_card(), last_setup_error=None),
    )
    assert provider.setup("seti_1").failure_code == "stolen_card"
    ready = provider.setup("seti_1")
    assert (ready.status, ready.method, ready.page_url) == (IntentStatus.SUCCEEDED, THE_CARD, None)


def test_a_refund_carries_our_id_and_its_own_key(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent())
    there.on("POST", "/v1/refunds", a_refund(metadata={"refund_id": str(REFUND)}))
    made = provider.create_refund(
        key=f"refund:{REFUND}", refund_id=REFUND, intent_id="pi_1", amount=Decimal("10.00"), currency="EUR"
    )
    [asked] = there.calls_to("/v1/refunds")
    assert asked.params == {"payment_intent": "pi_1", "amount": "1000", "metadata[refund_id]": str(REFUND)}
    assert asked.headers["Idempotency-Key"] == f"refund:{REFUND}"
    assert (made.id, made.intent_id, made.status) == ("re_1", "pi_1", RefundStatus.SUCCEEDED)
    assert (made.amount, made.metadata) == (Decimal("10.00"), {"refund_id": str(REFUND)})


def test_a_refund_in_another_currency_is_refused_before_it_is_asked_for(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent())
    with pytest.raises(ProviderRefused, match="pi_1 was paid in EUR, not in JPY"):
        provider.create_refund(key="r", refund_id=REFUND, intent_id="pi_1", amount=Decimal(1000), currency="JPY")
    assert there.calls_to("/v1/refunds") == []


def test_a_refund_of_more_than_is_left_is_refused_with_stripes_reason(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", a_paid_intent())
    said = "Refund amount (€60.00) is greater than charge amount (€49.00)"
    there.on("POST", "/v1/refunds", error(400, "invalid_request_error", message=said, param="amount"))
    with pytest.raises(ProviderRefused) as refused:
        provider.create_refund(key="r", refund_id=REFUND, intent_id="pi_1", amount=Decimal("60"), currency="EUR")
    assert refused.value.fields["reason"] == said


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.CANCELED),
    ],
)
def test_every_status_of_a_refund_has_a_word_of_ours(provider, there, said, ours):
    why = {"failure_reason": "lost_or_stolen_card"} if said == "failed" else {}
    there.on("GET", "/v1/refunds/re_1", a_refund(status=said, **why))
    found = provider.refund("re_1")
    assert (found.status, found.failure_code) == (ours, why.get("failure_reason"))


@pytest.mark.parametrize("standing", ["succeeded", "canceled", "processing"])
def test_canceling_too_late_tells_how_it_stands(provider, there, standing):
    said = {"code": "payment_intent_unexpected_state", "message": "You cannot cancel this PaymentIntent."}
    there.on("POST", "/v1/payment_intents/pi_1/cancel", error(400, "invalid_request_error", **said))
    there.on("GET", "/v1/payment_intents/pi_1", an_intent(status=standing))
    assert provider.cancel_intent("pi_1", key="cancel:1").status.value == standing


def test_a_cancellation_that_is_refused_for_another_reason_is_an_error(provider, there):
    there.on("POST", "/v1/payment_intents/pi_1/cancel", error(400, "invalid_request_error", message="Not now."))
    there.on("GET", "/v1/payment_intents/pi_1", an_intent())
    with pytest.raises(ProviderRefused, match="Not now"):
        provider.cancel_intent("pi_1", key="cancel:1")


def test_intents_and_setups_are_canceled_under_a_key(provider, there):
    there.on("POST", "/v1/payment_intents/pi_1/cancel", an_intent(status="canceled"))
    there.on("POST", "/v1/setup_intents/seti_1/cancel", a_setup(status="canceled"))
    assert provider.cancel_intent("pi_1", key="cancel:pi").status == IntentStatus.CANCELED
    assert provider.cancel_setup("seti_1", key="cancel:seti").status == IntentStatus.CANCELED
    keys = [asked.headers.get("Idempotency-Key") for asked in there.asked if asked.path.endswith("/cancel")]
    assert keys == ["cancel:pi", "cancel:seti"]


def test_a_card_is_forgotten_and_once_is_enough(provider, there):
    not_attached = "The payment method you provided is not attached to a customer so detachment is impossible."
    there.on("POST", "/v1/payment_methods/pm_1/detach", error(400, "invalid_request_error", message=not_attached))
    there.on("GET", "/v1/payment_methods/pm_1", a_card(customer=None))
    provider.detach_method("pm_1")
    provider.detach_method("pm_0")
    assert [asked.path for asked in there.asked if asked.method == "POST"] == [
        "/v1/payment_methods/pm_1/detach",
        "/v1/payment_methods/pm_0/detach",
    ]


def test_a_card_that_is_kept_against_our_will_is_an_error(provider, there):
    there.on("POST", "/v1/payment_methods/pm_1/detach", error(400, "invalid_request_error", message="No."))
    there.on("GET", "/v1/payment_methods/pm_1", a_card())
    with pytest.raises(ProviderRefused, match="No"):
        provider.detach_method("pm_1")


def test_a_customer_is_made_once_and_searched_for_by_our_id(provider, there):
    there.on("POST", "/v1/customers", {"id": "cus_1", "object": "customer", "livemode": False})
    there.on(
        "GET",
        "/v1/customers/search",
        a_list(of="search_result"),
        a_list({"id": "cus_1", "object": "customer"}, of="search_result"),
    )
    assert provider.find_customer(CUSTOMER) is None
    assert provider.create_customer(key=f"customer:{CUSTOMER}", customer_id=CUSTOMER, email="a@b.example") == "cus_1"
    assert provider.find_customer(CUSTOMER) == "cus_1"
    made, searched = there.calls_to("/v1/customers")[0], there.calls_to("/v1/customers/search")[0]
    assert made.params == {"email": "a@b.example", "metadata[customer_id]": str(CUSTOMER)}
    assert made.headers["Idempotency-Key"] == f"customer:{CUSTOMER}"
    assert searched.params["query"] == f"metadata['customer_id']:'{CUSTOMER}'"


def test_one_of_ours_is_found_among_all_of_its_customer_page_by_page(provider, there):
    others = [an_intent(id=f"pi_{number}", metadata={"payment_id": "another"}) for number in range(2, 4)]
    there.on("GET", "/v1/payment_intents", a_list(*others, more=True), a_list(an_intent(**OURS), more=True))
    found = provider.find_intent(PAYMENT, customer_id="cus_1")
    assert found is not None
    assert found.id == "pi_1"
    first, second = there.calls_to("/v1/payment_intents")
    assert (first.params["customer"], first.params["limit"]) == ("cus_1", "100")
    assert "starting_after" not in first.params
    assert second.params["starting_after"] == "pi_3"


def test_what_was_never_begun_is_not_found(provider, there):
    for path in ("payment_intents", "setup_intents", "refunds"):
        there.on("GET", f"/v1/{path}", a_list())
    assert provider.find_intent(PAYMENT, customer_id="cus_1") is None
    assert provider.find_setup(SUBSCRIPTION, customer_id="cus_1") is None
    assert provider.find_refund(REFUND, intent_id="pi_1") is None


def test_the_newest_setup_and_the_refund_of_ours_are_found(provider, there):
    metadata = {"subscription_id": str(SUBSCRIPTION)}
    there.on(
        "GET",
        "/v1/setup_intents",
        a_list(a_setup(id="seti_3"), a_setup(id="seti_2", metadata=metadata), a_setup(id="seti_1", metadata=metadata)),
    )
    there.on("GET", "/v1/refunds", a_list(a_refund(id="re_2"), a_refund(metadata={"refund_id": str(REFUND)})))
    assert provider.find_setup(SUBSCRIPTION, customer_id="cus_1").id == "seti_2"
    assert provider.find_refund(REFUND, intent_id="pi_1").id == "re_1"
    assert there.calls_to("/v1/refunds")[0].params["payment_intent"] == "pi_1"


@pytest.mark.parametrize(
    ("listed", "path", "page"),
    [
        ("intents", "payment_intents", [an_intent(id="x_3"), an_intent(id="x_2")]),
        ("setups", "setup_intents", [a_setup(id="x_3"), a_setup(id="x_2")]),
        ("refunds", "refunds", [a_refund(id="x_3"), a_refund(id="x_2")]),
        ("payouts", "payouts", [a_payout(id="x_3"), a_payout(id="x_2")]),
    ],
)
def test_lists_go_back_to_a_moment_page_by_page(provider, there, listed, path, page):
    there.on("GET", f"/v1/{path}", a_list(*page, more=True), a_list({**page[0], "id": "x_1"}))
    found = getattr(provider, listed)(since=THEN - timedelta(days=1))
    assert there.calls_to(f"/v1/{path}") == []
    assert [thing.id for thing in found] == ["x_3", "x_2", "x_1"]
    asked = [call.params for call in there.calls_to(f"/v1/{path}")]
    assert [params["created[gte]"] for params in asked] == [str(CREATED - 86_400)] * 2
    assert [params.get("starting_after") for params in asked] == [None, "x_2"]


def test_a_payout_is_read_with_what_it_is_made_of(provider, there):
    there.on("GET", "/v1/payouts/po_1", a_payout())
    there.on(
        "GET",
        "/v1/balance_transactions",
        a_list(
            a_balance_line(id="txn_9", type="payout", amount=-3728, fee=0, net=-3728, source=a_payout()),
            a_balance_line(source=a_charge()),
            a_balance_line(id="txn_2", type="refund", amount=-1000, fee=0, source=a_refund()),
            a_balance_line(id="txn_3", type="refund_failure", amount=1000, fee=0, source=a_refund()),
            a_balance_line(id="txn_4", type="stripe_fee", amount=-1000, fee=0, source=None),
            a_balance_line(
                id="txn_5", type="adjustment", reporting_category="dispute", amount=-4900, fee=1500, source="du_1"
            ),
            a_balance_line(
                id="txn_6", type="adjustment", reporting_category="dispute_reversal", amount=6400, fee=0, source="du_2"
            ),
            a_balance_line(id="txn_7", type="payout_failure", amount=3728, fee=0, source="po_0"),
            a_balance_line(id="txn_8", type="payout_minimum_balance_hold", amount=-3728, fee=0, source=None),
        ),
    )
    payout = provider.payout("po_1")
    moved = list(provider.movements("po_1"))
    assert (payout.amount, payout.currency, payout.status) == (Decimal("37.28"), "EUR", "paid")
    assert [(line.kind, line.source_id, line.amount, line.fee) for line in moved] == [
        (MovementKind.CHARGE, "pi_1", Decimal("49.00"), Decimal("1.72")),
        (MovementKind.REFUND, "re_1", Decimal("-10.00"), Decimal("0.00")),
        (MovementKind.REFUND_FAILURE, "re_1", Decimal("10.00"), Decimal("0.00")),
        (MovementKind.ADJUSTMENT, "txn_4", Decimal("-10.00"), Decimal("0.00")),
        (MovementKind.DISPUTE, "du_1", Decimal("-49.00"), Decimal("15.00")),
        (MovementKind.DISPUTE, "du_2", Decimal("64.00"), Decimal("0.00")),
        (MovementKind.RESERVE, "po_0", Decimal("37.28"), Decimal("0.00")),
        (MovementKind.RESERVE, "txn_8", Decimal("-37.28"), Decimal("0.00")),
    ]
    assert sum(line.amount - line.fee for line in moved) == payout.amount
    [asked] = there.calls_to("/v1/balance_transactions")
    assert (asked.params["payout"], asked.params["expand[0]"]) == ("po_1", "data.source")


def test_events_are_listed_as_the_notices_that_webhooks_would_have_been(provider, there):
    there.on(
        "GET",
        "/v1/events",
        a_list(
            an_event(an_intent(), id="evt_2"), an_event({"object": "balance"}, id="evt_1", type="balance.available")
        ),
    )
    [paid, other] = provider.notices(since=THEN)
    assert (paid.event_id, paid.object_kind, paid.object_id) == ("evt_2", ObjectKind.INTENT, "pi_1")
    assert (other.type, other.object_kind, other.object_id) == ("balance.available", ObjectKind.OTHER, "")


def test_what_lets_somebody_pay_is_not_shown_where_an_object_is_printed(provider, there):
    there.on("GET", "/v1/payment_intents/pi_1", an_intent())
    there.on("GET", "/v1/setup_intents/seti_1", a_setup())
    found = provider.intent("pi_1"), provider.setup("seti_1")
    assert all(thing.client_secret in thing.page_url for thing in found)
    assert "_secret_" not in repr(found)
