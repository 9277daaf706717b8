"""Envelopes on the wire: exact, and refused with a sentence when they cannot be read."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.kernel.events import codec, registry
from apps.kernel.events.base import DECLARED, Event, EventDeclaredTwice, Exact
from apps.kernel.events.codec import BATCH_CONTENT_TYPE, EVENT_CONTENT_TYPE, MAX_BYTES
from apps.kernel.events.registry import UnknownEventType, UnknownEventVersion
from tests.support.events import AT, STORY, bar, sealed, signal, standing


def message(**changed: Any) -> dict[str, Any]:
    """Return a readable message as a dictionary, with these attributes changed; None leaves one out."""
    attributes = json.loads(codec.encode(sealed(standing()))) | changed
    return {name: value for name, value in attributes.items() if value is not None}


def read(attributes: dict[str, Any], **options: Any) -> Any:
    """Read a message and return its one envelope."""
    (envelope,) = codec.decode(json.dumps(attributes), content_type=EVENT_CONTENT_TYPE, **options)
    return envelope


def test_an_envelope_comes_back_as_it_was_sent() -> None:
    sent = sealed(signal(), expires_at=AT)
    assert codec.decode(codec.encode(sent), content_type=EVENT_CONTENT_TYPE) == [sent]


def test_a_batch_comes_back_in_order() -> None:
    sent = [sealed(standing(number)) for number in range(1, 4)]
    assert codec.decode(codec.encode_batch(sent), content_type=BATCH_CONTENT_TYPE) == sent


def test_the_wire_is_structured_cloudevents_with_our_extensions() -> None:
    sent = sealed(signal())
    wire = json.loads(codec.encode(sent))
    assert wire | {"data": None} == {
        "specversion": "1.0",
        "id": str(sent.id),
        "source": "/treum/signals",
        "type": "signal.generated",
        "subject": "signal/018f3a5e-0000-7000-8000-000000000001",
        "time": sent.time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": "urn:treum:event:signal.generated:1",
        "correlationid": STORY.correlation_id,
        "partitionkey": "sma_cross_20_50/BTC-USDT",
        "sequence": "7",
        "traceparent": STORY.traceparent,
        "actor": STORY.actor,
        "data": None,
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("0E-18"), "0.000000000000000000"),
        (Decimal("-1.50"), "-1.50"),
        (Decimal("12345678901234567890.123456789012345678"), "12345678901234567890.123456789012345678"),
    ],
    ids=["large", "small", "zero", "trailing zero", "38 digits"],
)
def test_decimals_are_written_in_full(value: Decimal, written: str) -> None:
    assert json.loads(codec.encode(sealed(bar(volume=value))))["data"]["volume"] == written


@given(some.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20))
def test_any_decimal_survives_the_wire_exactly(value: Decimal) -> None:
    body = codec.encode(sealed(bar(volume=value)))
    (back,) = codec.decode(body, content_type=EVENT_CONTENT_TYPE)
    assert back.data.volume == value
    assert "E" not in json.loads(body)["data"]["volume"]


@pytest.mark.parametrize("value", ["1E+999999999", "0E-999999999", "NaN", "Infinity"])
def test_a_decimal_that_would_fill_the_memory_or_is_no_number_is_refused(value: str) -> None:
    attributes = json.loads(codec.encode(sealed(bar())))
    attributes["data"]["volume"] = value
    with pytest.raises(
        codec.InvalidEventData, match=r"The data of market.bar.closed version 1 breaks its schema: volume"
    ):
        read(attributes)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"specversion": "0.3"}, "specversion: Input should be '1.0'"),
        ({"id": "seven"}, "id: Input should be a valid UUID"),
        ({"time": "2024-05-01T12:00:00"}, "Times in events carry their zone"),
        ({"expirytime": "2024-05-01T12:00:00"}, "Times in events carry their zone"),
        ({"time": "0001-01-01T00:00:00+23:00"}, "lies outside the calendar in UTC"),
        ({"correlationid": "x" * 65}, "correlationid: String should have at most 64 characters"),
        ({"correlationid": "a\0b"}, "correlationid: String should match pattern"),
        ({"correlationid": None}, "correlationid: Field required"),
        ({"actor": "x" * 129}, "actor: String should have at most 128 characters"),
        ({"traceparent": "nonsense"}, "traceparent: String should match pattern"),
        ({"dataschema": "urn:other:thing:1"}, "its dataschema is 'urn:other:thing:1'"),
        ({"dataschema": "urn:treum:event:signal.generated:1"}, "should be urn:treum:event:user.subscription.changed:"),
        ({"dataschema": "urn:treum:event:user.subscription.changed:one"}, "its dataschema is"),
        (
            {"dataschema": "urn:treum:event:user.subscription.changed:" + "9" * 5000},
            "dataschema: String should have at",
        ),
        ({"datacontenttype": "text/xml"}, "datacontenttype: Input should be 'application/json'"),
        ({"data": "text"}, "data: Input should be an object"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(next(iter(value))),
)
def test_what_is_no_cloudevent_of_ours_is_refused_with_the_reason(attributes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(codec.UnreadableMessage) as refusal:
        read(message(**attributes))
    assert str(refusal.value).startswith("The message is no CloudEvents 1.0 JSON: ")
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"a":"\\ud800"}', b"[" * 5000],
    ids=["empty", "text", "torn", "list", "null", "string", "no utf-8", "lone surrogate", "deep"],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(codec.UnreadableMessage):
        codec.decode(body, content_type=EVENT_CONTENT_TYPE)


def test_unknown_attributes_and_data_fields_are_ignored() -> None:
    attributes = message(newextension="1")
    attributes["data"]["new_field"] = 1
    assert read(attributes).data == standing()


def test_a_foreign_content_type_is_refused_by_its_name() -> None:
    with pytest.raises(codec.UnknownContentType, match="'application/x-python-serialize'"):
        codec.decode(b"{}", content_type="application/x-python-serialize")


def test_an_unknown_type_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownEventType, match=r"No event of type user.vanished is declared here"):
        read(message(type="user.vanished", dataschema="urn:treum:event:user.vanished:1"))


def test_a_version_of_tomorrow_is_refused_by_its_number() -> None:
    with pytest.raises(UnknownEventVersion, match=r"Version 2 of user.subscription.changed is not known here"):
        read(message(dataschema="urn:treum:event:user.subscription.changed:2"))


def test_data_that_breaks_its_schema_is_refused_with_the_field() -> None:
    attributes = message()
    attributes["data"]["standing_version"] = "many"
    with pytest.raises(codec.InvalidEventData, match=r"user.subscription.changed version 1 .*standing_version"):
        read(attributes)


def test_a_naive_time_in_data_is_refused() -> None:
    attributes = message()
    attributes["data"]["valid_until"] = "2024-05-01T12:00:00"
    with pytest.raises(codec.InvalidEventData, match="carry their zone"):
        read(attributes)


def test_an_expiry_without_zone_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="carry their zone"):
        sealed(signal(), expires_at=datetime(2024, 5, 1, 12))  # noqa: DTZ001 - the point of the test


def test_an_expiry_in_another_zone_leaves_in_utc() -> None:
    sent = sealed(signal(), expires_at=AT.astimezone(timezone(timedelta(hours=2))))
    assert json.loads(codec.encode(sent))["expirytime"] == "2024-05-01T12:00:00Z"


def test_a_gzipped_message_is_read() -> None:
    sent = sealed(standing())
    packed = gzip.compress(codec.encode(sent))
    assert codec.decode(packed, content_type=EVENT_CONTENT_TYPE, content_encoding="gzip") == [sent]


def test_a_gzip_bomb_is_refused_unexploded() -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=9)
    assert len(bomb) < MAX_BYTES
    with pytest.raises(codec.MessageTooLarge, match=f"at most {MAX_BYTES} are read"):
        codec.decode(bomb, content_type=EVENT_CONTENT_TYPE, content_encoding="gzip")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda packed: packed[:-9], "its gzip stream ends too early"),
        (lambda packed: b"\x1f\x8b" + b"\0" * 50, "it says gzip but cannot be unpacked"),
        (lambda packed: b"plain", "it says gzip but cannot be unpacked"),
    ],
    ids=["cut off", "broken", "not packed"],
)
def test_a_broken_gzip_is_refused(spoil: Callable[[bytes], bytes], sentence: str) -> None:
    packed = spoil(gzip.compress(codec.encode(sealed(standing()))))
    with pytest.raises(codec.UnreadableMessage, match=sentence):
        codec.decode(packed, content_type=EVENT_CONTENT_TYPE, content_encoding="gzip")


def test_an_unknown_encoding_is_refused_by_its_name() -> None:
    with pytest.raises(codec.UnreadableMessage, match="its content encoding is 'br'"):
        codec.decode(b"{}", content_type=EVENT_CONTENT_TYPE, content_encoding="br")


def test_ten_megabytes_are_refused_unread() -> None:
    with pytest.raises(codec.MessageTooLarge, match="The message has 10485760 bytes"):
        codec.decode(b"x" * 10_485_760, content_type=EVENT_CONTENT_TYPE)


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> type[Event]:
    """An event in its third version, with upcasters from the first; gone after the test."""
    monkeypatch.setitem(DECLARED, "price.seen", {})
    monkeypatch.setattr(registry, "_upcasters", dict(registry._upcasters))

    class PriceSeen(Event, type="price.seen", version=3, owner="signals"):
        price: Exact
        currency: str

        def subject(self) -> str:
            return "price"

    @registry.upcaster("price.seen", from_version=1)
    def _(data: dict[str, Any]) -> dict[str, Any]:
        return {"price": data["amount"]}

    @registry.upcaster("price.seen", from_version=2)
    def _(data: dict[str, Any]) -> dict[str, Any]:
        return data | {"currency": "USDT"}

    return PriceSeen


def test_old_versions_are_lifted_step_by_step_to_the_newest(versions: type[Event]) -> None:
    old = message(type="price.seen", dataschema="urn:treum:event:price.seen:1", data={"amount": "1.5"})
    assert read(old).data == versions(price=Decimal("1.5"), currency="USDT")


def test_an_old_version_that_the_upcaster_cannot_read_is_refused(versions: type[Event]) -> None:
    old = message(type="price.seen", dataschema="urn:treum:event:price.seen:1", data={})
    with pytest.raises(codec.InvalidEventData, match=r"it cannot be lifted from version 1 \(KeyError\('amount'\)\)"):
        read(old)


def test_a_version_without_an_upcaster_is_refused(versions: type[Event]) -> None:
    with pytest.raises(UnknownEventVersion, match="Version 0"):
        read(message(type="price.seen", dataschema="urn:treum:event:price.seen:0", data={}))


def test_a_type_and_version_is_declared_once(versions: type[Event]) -> None:
    with pytest.raises(EventDeclaredTwice, match="PriceHeard"):

        class PriceHeard(Event, type="price.seen", version=3, owner="trading"):
            pass
