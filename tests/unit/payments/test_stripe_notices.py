"""Webhooks of Stripe's: only what it signed, lately, for our account and our mode, becomes a notice."""

import json
import time
from datetime import UTC, datetime

import pytest
import stripe

from apps.payments.adapters.stripe.notices import NoticeReader
from apps.payments.errors import NoticeUnreadable, SignatureInvalid, SignatureStale, WrongAccount, WrongMode
from apps.payments.ports import Notice, ObjectKind
from tests.support.stripe_objects import (
    ACCOUNT,
    CREATED,
    a_card,
    a_charge,
    a_payout,
    a_refund,
    a_setup,
    an_event,
    an_intent,
)

NEW, OLD = "whsec_new", "whsec_old"
READER = NoticeReader([NEW, OLD], livemode=False, account=ACCOUNT)


def signed(body, *, secret=NEW, ago=0):
    at = int(time.time()) - ago
    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)}


def bytes_of(event):
    return json.dumps(event).encode()


PAID = bytes_of(an_event(an_intent()))


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_what_either_secret_signed_is_read(secret):
    assert READER.read(PAID, signed(PAID, secret=secret)) == Notice(
        event_id="evt_1",
        type="payment_intent.succeeded",
        created_at=datetime.fromtimestamp(CREATED, tz=UTC),
        object_kind=ObjectKind.INTENT,
        object_id="pi_1",
    )


@pytest.mark.parametrize(
    ("about", "type_", "kind"),
    [
        (an_intent(), "payment_intent.payment_failed", ObjectKind.INTENT),
        (a_setup(), "setup_intent.succeeded", ObjectKind.SETUP),
        (a_refund(), "refund.updated", ObjectKind.REFUND),
        (a_refund(), "charge.refund.updated", ObjectKind.REFUND),
        (a_payout(), "payout.paid", ObjectKind.PAYOUT),
        (a_card(), "payment_method.attached", ObjectKind.METHOD),
        (a_charge(), "charge.succeeded", ObjectKind.OTHER),
        ({"id": "sub_1", "object": "subscription"}, "customer.subscription.created", ObjectKind.OTHER),
    ],
    ids=lambda given: given if isinstance(given, str) and "." in given else "",
)
def test_a_notice_is_about_the_object_in_the_event(about, type_, kind):
    body = bytes_of(an_event(about, type=type_))
    notice = READER.read(body, signed(body))
    assert (notice.type, notice.object_kind, notice.object_id) == (type_, kind, about["id"])


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(PAID, {}, id="no signature"),
        pytest.param(PAID, signed(PAID, secret="whsec_theirs"), id="another secret"),
        pytest.param(PAID + b" ", signed(PAID), id="a byte more"),
        pytest.param(json.dumps(json.loads(PAID), indent=2).encode(), signed(PAID), id="the same, written anew"),
        pytest.param(PAID, {"Stripe-Signature": "t=now,v1=abc"}, id="no time"),
        pytest.param(PAID, {"Stripe-Signature": f"t={int(time.time())},v1=äöü"}, id="a digest that is none"),
        pytest.param(PAID, {"Stripe-Signature": f"t={int(time.time())},v0=abc"}, id="another scheme"),
        pytest.param(b"\xff\xfe", signed(PAID), id="bytes that are no text"),
    ],
)
def test_what_is_not_signed_by_stripe_is_refused(body, headers):
    with pytest.raises(SignatureInvalid):
        READER.read(body, headers)


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(SignatureInvalid):
        NoticeReader([], livemode=False, account=ACCOUNT).read(PAID, signed(PAID))
    with pytest.raises(SignatureInvalid):
        NoticeReader([""], livemode=False, account=ACCOUNT).read(PAID, signed(PAID, secret=""))


def test_the_name_of_the_header_may_be_written_in_any_case():
    headers = {"STRIPE-signature": signed(PAID)["Stripe-Signature"]}
    assert READER.read(PAID, headers).event_id == "evt_1"


def test_five_minutes_are_accepted_and_not_more():
    assert READER.read(PAID, signed(PAID, ago=299)).event_id == "evt_1"
    for ago in (302, -302):
        with pytest.raises(SignatureStale, match="more than 300 are not accepted"):
            READER.read(PAID, signed(PAID, ago=ago))


@pytest.mark.parametrize(("ours", "theirs"), [(False, True), (True, False), (False, None), (True, None)])
def test_the_other_mode_is_refused(ours, theirs):
    body = bytes_of(an_event(an_intent(), livemode=theirs))
    with pytest.raises(WrongMode):
        NoticeReader([NEW], livemode=ours, account=ACCOUNT).read(body, signed(body))


def test_another_account_is_refused_and_our_own_is_not():
    theirs, ours = (bytes_of(an_event(an_intent(), account=account)) for account in ("acct_other", ACCOUNT))
    with pytest.raises(WrongAccount, match="acct_other"):
        READER.read(theirs, signed(theirs))
    assert READER.read(ours, signed(ours)).event_id == "evt_1"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"not json", id="no JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"object": "charge", "livemode": false}', id="no event"),
        pytest.param(b'{"object": "event", "livemode": false}', id="nothing in it"),
        pytest.param(bytes_of(an_event(an_intent(), id=None)), id="no id"),
        pytest.param(bytes_of(an_event(an_intent(), type="")), id="no type"),
        pytest.param(bytes_of(an_event(None)), id="about nothing"),  # type: ignore[arg-type]
        pytest.param(bytes_of(an_event(an_intent(), created="soon")), id="no moment"),
        pytest.param(bytes_of(an_event(an_intent(), created=10**30)), id="a moment beyond all time"),
        pytest.param(b'{"object": "v2.core.event", "livemode": false, "id": "evt_1"}', id="a thin one"),
    ],
)
def test_what_is_signed_but_no_event_is_unreadable(body):
    with pytest.raises(NoticeUnreadable):
        READER.read(body, signed(body))
