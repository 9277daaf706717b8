"""Envelopes to bytes and back. What cannot be read is refused with a sentence, never guessed at."""

import gzip
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import to_json

from apps.kernel.errors import Refused
from apps.kernel.events import registry
from apps.kernel.events.base import Moment
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


_Label = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
_Id = Annotated[_Label, StringConstraints(max_length=64)]
_Actor = Annotated[_Label, StringConstraints(max_length=128)]
_Traceparent = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


class _Wire(BaseModel):
    """The attributes as they may stand in a message; no longer than the columns that keep them."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: UUID
    source: _Label
    type: _Label
    subject: _Label
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: _Label
    correlationid: _Id
    causationid: _Id | None = None
    partitionkey: _Label
    sequence: _Label | None = None
    expirytime: Moment | None = None
    traceparent: _Traceparent | None = None
    actor: _Actor
    data: dict[str, Any]


_batch = TypeAdapter(list[_Wire])
_values = itemgetter(*Envelope.__slots__)


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
    event_class, lifts = registry.resolve(wire.type, _version(wire.type, wire.dataschema))
    data = wire.data
    try:
        for lift in lifts:
            data = lift(data)
        event = event_class.model_validate(data)
    except ValidationError as error:
        reason = _first_reason(error)
        raise InvalidEventData(type=wire.type, version=event_class.version, reason=reason) from None
    except (LookupError, TypeError, ValueError) as error:
        reason = f"it cannot be lifted from version {_version(wire.type, wire.dataschema)} ({error!r})"
        raise InvalidEventData(type=wire.type, version=event_class.version, reason=reason) from error
    return Envelope(*_values({**wire.__dict__, "data": event}))


@lru_cache(maxsize=1024)
def _version(event_type: str, dataschema: str) -> int:
    prefix, _, version = dataschema.rpartition(":")
    if prefix + ":" != f"{SCHEMA_PREFIX}{event_type}:" or not version.isdecimal():
        reason = f"its dataschema is {dataschema!r} and should be {SCHEMA_PREFIX}{event_type}:<version>"
        raise UnreadableMessage(reason=reason)
    return int(version)


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
