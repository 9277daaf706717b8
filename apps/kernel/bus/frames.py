"""AMQP 0-9-1 frames in bulk: many messages leave in one write, and many arrive in one read.

The client library does both frame by frame, which costs more than all the rest of a relay or an intake. What the frames
mean stays with the library.
"""

import struct
from collections.abc import Mapping
from typing import Any

import amqp
from amqp.serialization import dumps

_METHOD, _HEADER, _BODY = 1, 2, 3
_FRAME = struct.Struct(">BHI")
_FRAME_END = b"\xce"
_FRAME_OVERHEAD = _FRAME.size + len(_FRAME_END)
_BASIC_CLASS, _PUBLISH_METHOD, _MANDATORY = 60, 40, b"\x01"
_METHOD_START = struct.pack(">HHH", _BASIC_CLASS, _PUBLISH_METHOD, 0)
_HEADER_START = struct.Struct(">HHQH")
_LENGTH = struct.Struct(">I")
_SMALL_INTEGER = struct.Struct(">i")
_PROPERTIES = tuple((name, kind, 1 << (15 - place)) for place, (name, kind) in enumerate(amqp.Message.PROPERTIES))


READ_BYTES = 256 * 1024


class TornFrame(OSError):
    """The broker's bytes are no frames any more; a fresh connection is needed."""


class FrameReader:
    """Reads whatever a connection's socket holds, and lets the library act on each whole frame.

    Once a connection is read by this, nothing else may read from it.
    """

    def __init__(self, connection: amqp.Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def read(self) -> None:
        """Read once and act on the frames that are complete. Raises OSError when the connection is lost."""
        arrived = self._connection.sock.recv(READ_BYTES)
        if not arrived:
            raise ConnectionResetError("the broker has closed the connection")
        self._buffer += arrived
        taken = 0
        with memoryview(self._buffer) as view:
            while (end := self._end_of_frame(taken)) is not None:
                kind, channel, size = _FRAME.unpack_from(view, taken)
                start, taken = taken + _FRAME.size, end
                self._connection.on_inbound_frame((kind, channel, bytes(view[start : start + size])))
        del self._buffer[:taken]

    def _end_of_frame(self, start: int) -> int | None:
        if len(self._buffer) < start + _FRAME.size:
            return None
        end = start + _FRAME_OVERHEAD + int(_FRAME.unpack_from(self._buffer, start)[2])
        if len(self._buffer) < end:
            return None
        if self._buffer[end - 1] != _FRAME_END[0]:
            raise TornFrame("a frame does not end where it should")
        return end


def publish_frames(
    body: bytes,
    *,
    exchange: str,
    routing_key: str,
    properties: Mapping[str, Any],
    channel: int,
    frame_max: int,
) -> bytes:
    """Return the frames of one mandatory `basic.publish`: a method, a header, and the body in as many as it needs."""
    method = _METHOD_START + _short(exchange) + _short(routing_key) + _MANDATORY
    flags, values = _serialised(properties)
    header = _HEADER_START.pack(_BASIC_CLASS, 0, len(body), flags) + values
    frames = [
        _FRAME.pack(_METHOD, channel, len(method)), method, _FRAME_END,
        _FRAME.pack(_HEADER, channel, len(header)), header, _FRAME_END,
    ]  # fmt: skip
    longest = frame_max - _FRAME_OVERHEAD
    for start in range(0, len(body), longest):
        part = body[start : start + longest]
        frames += (_FRAME.pack(_BODY, channel, len(part)), part, _FRAME_END)
    return b"".join(frames)


def _serialised(properties: Mapping[str, Any]) -> tuple[int, bytes]:
    flags, values = 0, []
    for name, kind, flag in _PROPERTIES:
        value = properties.get(name)
        if value is not None:
            flags |= flag
            values.append(_short(value) if kind == "s" else _table(value) if kind == "F" else dumps(kind, [value]))
    return flags, b"".join(values)


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


def _table(table: Mapping[str, Any]) -> bytes:
    items = []
    for name, value in table.items():
        if type(value) is str:
            text = value.encode()
            items.append(_short(name) + b"S" + _LENGTH.pack(len(text)) + text)
        elif type(value) is int and -(2**31) <= value < 2**31:
            items.append(_short(name) + b"I" + _SMALL_INTEGER.pack(value))
        else:
            return bytes(dumps("F", [table]))
    joined = b"".join(items)
    return _LENGTH.pack(len(joined)) + joined
