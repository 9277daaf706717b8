"""Envelopes to bytes and back. What cannot be read is refused with a sentence, never guessed at."""

import gzip
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

from apps.kernel.errors import Refused
from apps.kernel.events import registry
from apps.kernel.events.base import Event, Moment
from apps.kernel.events.envelope import SCHEMA_PREFIX, SPECVERSION, Envelope

EVENT_CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
MAX_BYTES = 1_048_576
"""The largest body that is read, plain or unpacked; publishers stay below a quarter of it."""


class MessageTooLarge(Refused):
    """The message has {size} bytes, and at most {limit} are read; publish it in smaller batches."""


class UnreadableMessage(Refused):
    """The message is no CloudEvents 1.0 JSON: {reason}."""


class UnknownContentType(Refused):
    """The content type is {content_type!r}; events come as application/cloudevents+json, batches as
    application/cloudevents-batch+json."""


class InvalidEventData(Refused):
    """The data of {type} version {version} breaks its schema: {reason}."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str
    subject: str
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    correlationid: str
    causationid: str | None = None
    partitionkey: str
    sequence: str | None = None
    expirytime: Moment | None = None
    traceparent: str | None = None
    actor: str
    data: dict[str, Any]


_batch = TypeAdapter(list[_Wire])


def encode(envelope: Envelope[Any]) -> bytes:
    """Return one envelope as structured CloudEvents JSON."""
    return to_json(_attributes(envelope))


def encode_batch(envelopes: Sequence[Envelope[Any]]) -> bytes:
    """Return envelopes as a CloudEvents JSON batch."""
    return to_json([_attributes(envelope) for envelope in envelopes])


def decode(body: bytes | str, *, content_type: str, content_encoding: str | None = None) -> list[Envelope[Any]]:
    """Return the envelopes in a message.

    Raises MessageTooLarge, UnknownContentType, UnreadableMessage, UnknownEventType, UnknownEventVersion or
    InvalidEventData; each says what is wrong with the message.
    """
    body = plain(body.encode() if isinstance(body, str) else body, content_encoding=content_encoding)
    try:
        if content_type == EVENT_CONTENT_TYPE:
            wires = [_Wire.model_validate_json(body)]
        elif content_type == BATCH_CONTENT_TYPE:
            wires = _batch.validate_json(body)
        else:
            raise UnknownContentType(content_type=content_type)
    except ValidationError as error:
        raise UnreadableMessage(reason=_first_reason(error)) from None
    return [_open(wire) for wire in wires]


def _attributes(envelope: Envelope[Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "specversion": SPECVERSION,
        "id": str(envelope.id),
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": _zulu(envelope.time),
        "datacontenttype": "application/json",
        "dataschema": envelope.dataschema,
        "correlationid": envelope.correlationid,
        "causationid": envelope.causationid,
        "partitionkey": envelope.partitionkey,
        "sequence": envelope.sequence,
        "expirytime": None if envelope.expirytime is None else _zulu(envelope.expirytime),
        "traceparent": envelope.traceparent,
        "actor": envelope.actor,
    }
    present = {name: value for name, value in attributes.items() if value is not None}
    present["data"] = envelope.data.model_dump(mode="json")
    return present


def _zulu(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def plain(body: bytes, *, content_encoding: str | None) -> bytes:
    """Return a body unpacked. Raises MessageTooLarge or UnreadableMessage."""
    if len(body) > MAX_BYTES:
        raise MessageTooLarge(size=len(body), limit=MAX_BYTES)
    if content_encoding in (None, "", "utf-8", "identity", "binary"):
        return body
    if content_encoding != "gzip":
        raise UnreadableMessage(reason=f"its content encoding is {content_encoding!r}, and only gzip is known")
    return _gunzipped(body)


def _gunzipped(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, MAX_BYTES + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableMessage(reason=f"it says gzip but cannot be unpacked ({error})") from None
    if len(unpacked) > MAX_BYTES:
        raise MessageTooLarge(size=len(unpacked), limit=MAX_BYTES)
    if not unpacker.eof:
        raise UnreadableMessage(reason="its gzip stream ends too early")
    return unpacked


def _open(wire: _Wire) -> Envelope[Any]:
    event_class, lifts = registry.resolve(wire.type, _version(wire))
    data = wire.data
    for lift in lifts:
        data = lift(data)
    try:
        event: Event = event_class.model_validate(data)
    except ValidationError as error:
        reason = _first_reason(error)
        raise InvalidEventData(type=wire.type, version=event_class.version, reason=reason) from None
    values = {name: getattr(wire, name) for name in Envelope.__slots__ if name != "data"}
    return Envelope(**values, data=event)


def _version(wire: _Wire) -> int:
    prefix, _, version = wire.dataschema.rpartition(":")
    if prefix + ":" != f"{SCHEMA_PREFIX}{wire.type}:" or not version.isdecimal():
        reason = f"its dataschema is {wire.dataschema!r} and should be {SCHEMA_PREFIX}{wire.type}:<version>"
        raise UnreadableMessage(reason=reason)
    return int(version)


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
