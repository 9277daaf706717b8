"""What the sandbox knows by itself: cards, amounts, fees, and which webhooks are its own."""

import hashlib
import hmac
import json
import time
from decimal import Decimal

import pytest
from pytest_django import Settings

from apps.payments.adapters.sandbox import cards
from apps.payments.adapters.sandbox.cards import TEST_CARDS, Asks, is_card_number, outcome
from apps.payments.adapters.sandbox.happenings import ACCOUNT
from apps.payments.adapters.sandbox.money import HIGHEST_UNITS, checked, fee_of
from apps.payments.adapters.sandbox.notices import read
from apps.payments.errors import (
    NoticeUnreadable,
    ProviderRefused,
    SignatureInvalid,
    SignatureStale,
    WrongAccount,
    WrongMode,
)
from apps.payments.ports import ObjectKind

OLD, NEW = "old secret", "new secret"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "refund.updated",
    "created": 1_790_000_000,
    "livemode": False,
    "account": ACCOUNT,
    "data": {"object": {"id": "re_1", "object": "refund"}},
}
BODY = json.dumps(EVENT).encode()


@pytest.fixture(autouse=True)
def two_secrets(settings: Settings) -> None:
    settings.TREUM_SANDBOX_WEBHOOK_SECRETS = [NEW, OLD]


def proof(body: bytes = BODY, *, secret: str = NEW, at: int | str | None = None) -> str:
    """Return the digest as Stripe documents it, computed here by hand."""
    return hmac.new(secret.encode(), f"{_moment(at)}.".encode() + body, hashlib.sha256).hexdigest()


def signed(body: bytes = BODY, *, secret: str = NEW, at: int | str | None = None) -> dict[str, str]:
    return {"Stripe-Signature": f"t={_moment(at)},v1={proof(body, secret=secret, at=at)}"}


def _moment(at: int | str | None) -> int | str:
    return int(time.time()) if at is None else at


class TestCards:
    @pytest.mark.parametrize("number", TEST_CARDS)
    def test_every_test_card_has_a_right_check_digit(self, number: str) -> None:
        assert is_card_number(number)

    @pytest.mark.parametrize(
        "number",
        [
            pytest.param("4242424242424241", id="a wrong check digit"),
            pytest.param("4242424242442424", id="digits that changed places"),
            pytest.param("42424242", id="too short"),
            pytest.param("0" * 20, id="too long"),
            pytest.param("４２４２４２４２４２４２４２４２", id="wide digits"),
            pytest.param("4242-4242-4242-4242", id="no digits only"),
            pytest.param("", id="nothing"),
        ],
    )
    def test_what_is_no_card_number(self, number: str) -> None:
        assert not is_card_number(number)

    def test_digits_in_fours(self) -> None:
        assert TEST_CARDS["378282246310005"].spaced == "3782 8224 6310 005"

    def test_a_card_is_declined_after_its_bank_has_confirmed(self) -> None:
        card = cards.TestCard("1", "", asks=Asks.ALWAYS, declines_confirmed="generic_decline")
        assert outcome(card, confirmed=False, first=True) == ("requires_action", "")
        assert outcome(card, confirmed=True, first=True) == ("requires_payment_method", "generic_decline")


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "currency", "sentence"),
        [
            pytest.param("0", "EUR", "more than zero", id="nothing"),
            pytest.param("-1", "EUR", "more than zero", id="less than nothing"),
            pytest.param("NaN", "EUR", "more than zero", id="no number"),
            pytest.param("Infinity", "EUR", "more than zero", id="everything"),
            pytest.param("1.001", "EUR", "2 decimal places", id="a part of a cent"),
            pytest.param("0.5", "JPY", "0 decimal places", id="half a yen"),
            pytest.param("1.0001", "BHD", "3 decimal places", id="a part of a fils"),
            pytest.param("1000000", "EUR", "more than 999999.99", id="more than fits"),
            pytest.param("1E+400", "JPY", "more than 99999999", id="far more than fits"),
            pytest.param("1", "XYZ", "no currency", id="no currency"),
            pytest.param("1", "eur", "no currency", id="a currency in small letters"),
        ],
    )
    def test_what_cannot_be_paid(self, amount: str, currency: str, sentence: str) -> None:
        with pytest.raises(ProviderRefused, match=sentence):
            checked(Decimal(amount), currency=currency)

    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [
            pytest.param("49", "EUR", "49.00", id="cents"),
            pytest.param("49.0000", "EUR", "49.00", id="as a database keeps it"),
            pytest.param("1E+3", "JPY", "1000", id="no places"),
            pytest.param("1.5", "BHD", "1.500", id="three places"),
            pytest.param(str(HIGHEST_UNITS), "JPY", "99999999", id="the most"),
        ],
    )
    def test_what_can_be_paid_has_the_places_of_its_currency(self, amount: str, currency: str, written: str) -> None:
        assert f"{checked(Decimal(amount), currency=currency):f}" == written

    @pytest.mark.parametrize(
        ("amount", "currency", "fee"),
        [
            pytest.param("49.00", "EUR", "1.72", id="1.721"),
            pytest.param("490.00", "EUR", "14.51", id="14.51"),
            pytest.param("5.00", "EUR", "0.44", id="0.445 goes to the even cent below"),
            pytest.param("15.00", "EUR", "0.74", id="0.735 goes to the even cent above"),
            pytest.param("1000", "JPY", "29", id="29.3 without places"),
            pytest.param("10.000", "BHD", "0.590", id="three places"),
            pytest.param("0.20", "EUR", "0.20", id="never more than the amount"),
        ],
    )
    def test_fees(self, amount: str, currency: str, fee: str) -> None:
        assert f"{fee_of(Decimal(amount), currency=currency):f}" == fee

    def test_fees_are_settings(self, settings: Settings) -> None:
        settings.TREUM_SANDBOX_FEE_PERCENT, settings.TREUM_SANDBOX_FEE_FIXED = Decimal("1.5"), Decimal("0.25")
        assert fee_of(Decimal(100), currency="EUR") == Decimal("1.75")


class TestWebhooks:
    @pytest.mark.parametrize("secret", [NEW, OLD])
    def test_two_secrets_hold_at_once(self, secret: str) -> None:
        notice = read(BODY, signed(secret=secret))
        assert (notice.event_id, notice.type, notice.object_kind, notice.object_id) == (
            "evt_1",
            "refund.updated",
            ObjectKind.REFUND,
            "re_1",
        )

    def test_one_of_several_proofs_is_enough(self) -> None:
        at = int(time.time())
        header = f"t={at},v1={proof(secret='a third', at=at)},v1={proof(at=at)},v0=old"
        assert read(BODY, {"Stripe-Signature": header}).event_id == "evt_1"

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"Stripe-Signature": ""}, id="an empty header"),
            pytest.param({"Stripe-Signature": "v1=" + "0" * 64}, id="no moment"),
            pytest.param({"Stripe-Signature": f"t={int(time.time())}"}, id="no proof"),
            pytest.param({"Stripe-Signature": f"t={int(time.time())},v1="}, id="an empty proof"),
            pytest.param({"Stripe-Signature": f"t={int(time.time())},v1=é{'0' * 63}"}, id="letters of another script"),
            pytest.param({"Stripe-Signature": f"t=1_0,v1={proof(at='1_0')}"}, id="a moment that is no number"),
            pytest.param({"Stripe-Signature": f"t=-5,v1={proof(at='-5')}"}, id="a moment before all"),
            pytest.param({"Stripe-Signature": "t=" + "9" * 5000 + ",v1=0"}, id="a moment beyond all"),
            pytest.param({"Stripe-Signature": f"t=1,t={int(time.time())},v1={proof()}"}, id="two moments"),
            pytest.param(signed(secret="another"), id="another secret"),
            pytest.param(signed(BODY + b" "), id="another body"),
        ],
    )
    def test_what_proves_nothing(self, headers: dict[str, str]) -> None:
        with pytest.raises(SignatureInvalid):
            read(BODY, headers)

    @pytest.mark.parametrize("seconds", [302, -302])
    def test_what_is_stale_though_it_is_ours(self, seconds: int) -> None:
        with pytest.raises(SignatureStale):
            read(BODY, signed(at=int(time.time()) - seconds))

    @pytest.mark.parametrize("seconds", [298, -298])
    def test_five_minutes_are_tolerated(self, seconds: int) -> None:
        assert read(BODY, signed(at=int(time.time()) - seconds)).event_id == "evt_1"

    @pytest.mark.parametrize(
        ("instead", "refusal"),
        [
            pytest.param({"livemode": True}, WrongMode, id="real money"),
            pytest.param({"livemode": None}, WrongMode, id="no mode"),
            pytest.param({"account": "acct_another"}, WrongAccount, id="another account"),
            pytest.param({"account": None}, WrongAccount, id="no account"),
            pytest.param({"id": 1}, NoticeUnreadable, id="a number as id"),
            pytest.param({"id": "evt\x00"}, NoticeUnreadable, id="what no database takes"),
            pytest.param({"id": "evt\ud800"}, NoticeUnreadable, id="half a letter"),
            pytest.param({"type": None}, NoticeUnreadable, id="no type"),
            pytest.param({"created": "now"}, NoticeUnreadable, id="no moment"),
            pytest.param({"created": 10**30}, NoticeUnreadable, id="a moment beyond all"),
            pytest.param({"data": {"object": "re_1"}}, NoticeUnreadable, id="no object"),
        ],
    )
    def test_what_is_signed_and_still_refused(self, instead: dict[str, object], refusal: type[Exception]) -> None:
        body = json.dumps({**EVENT, **instead}).encode()
        with pytest.raises(refusal):
            read(body, signed(body))

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_event(self, body: bytes) -> None:
        with pytest.raises(NoticeUnreadable):
            read(body, signed(body))

    def test_without_settings_a_secret_is_derived_and_not_the_key_itself(self, settings: Settings) -> None:
        settings.TREUM_SANDBOX_WEBHOOK_SECRETS = []
        with pytest.raises(SignatureInvalid):
            read(BODY, signed(secret=settings.SECRET_KEY))
        with pytest.raises(SignatureInvalid):
            read(BODY, signed(secret=""))
