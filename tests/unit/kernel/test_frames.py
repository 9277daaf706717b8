"""Frames in bulk are, byte for byte, what the client library writes and reads one by one."""

import socket
from typing import Any

import amqp
import pytest
from amqp.method_framing import frame_writer
from amqp.serialization import dumps

from apps.kernel.bus.frames import FrameReader, TornFrame, publish_frames

FRAME_MAX = 131_072
EVENT = {
    "content_type": "application/cloudevents+json",
    "type": "trade.executed",
    "message_id": "0190",
    "app_id": "treum",
    "delivery_mode": 2,
    "application_headers": {"correlation-id": "ü", "x-event-version": 1, "offset": -5},
}
TASK = {
    "content_encoding": "utf-8",
    "correlation_id": "0190",
    "reply_to": "r",
    "priority": 3,
    "application_headers": {"eta": None, "limits": [1, "x"], "of": {"deep": True}, "long": 2**40, "yes": True},
}


class Recorder:
    """Stands for the library's connection and transport."""

    frame_max = FRAME_MAX
    bytes_sent = 0

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += bytes(data)


class Listener:
    """Stands for a connection whose other end the test holds."""

    def __init__(self) -> None:
        self.sock, self.peer = socket.socketpair()
        self.heard: list[tuple[int, int, bytes]] = []

    def on_inbound_frame(self, frame: tuple[int, int, bytes]) -> None:
        self.heard.append(frame)


def by_the_library(body: bytes, properties: dict[str, Any]) -> bytes:
    recorder = Recorder()
    arguments = dumps("Bssbb", (0, "bus", "trade.executed", True, False))
    frame_writer(recorder, recorder)(1, 1, (60, 40), arguments, amqp.Message(body, **properties))
    return recorder.written


def in_bulk(body: bytes, properties: dict[str, Any]) -> bytes:
    return publish_frames(
        body, exchange="bus", routing_key="trade.executed", properties=properties, channel=1, frame_max=FRAME_MAX
    )


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.sock.close()
    listener.peer.close()


@pytest.mark.parametrize("properties", [EVENT, TASK], ids=["an event", "a task with nested headers"])
@pytest.mark.parametrize("size", [0, 1, 900, FRAME_MAX - 8, FRAME_MAX - 7, 300_000])
def test_a_message_is_written_as_the_library_writes_it(size: int, properties: dict[str, Any]) -> None:
    assert in_bulk(b"x" * size, properties) == by_the_library(b"x" * size, properties)


def test_frames_are_heard_whole_however_they_arrive(listener: Listener) -> None:
    sent = in_bulk(b"x" * 200_000, EVENT) + in_bulk(b"y", TASK)
    reader = FrameReader(listener)
    for start in range(0, len(sent), 70_001):
        listener.peer.sendall(sent[start : start + 70_001])
        reader.read()

    kinds = [kind for kind, _, _ in listener.heard]
    assert kinds == [1, 2, 3, 3, 1, 2, 3]
    assert b"".join(payload for kind, _, payload in listener.heard if kind == 3) == b"x" * 200_000 + b"y"


def test_bytes_that_are_no_frame_end_the_connection(listener: Listener) -> None:
    listener.peer.sendall(b"\x01\x00\x01\x00\x00\x00\x02ab!")

    with pytest.raises(TornFrame):
        FrameReader(listener).read()
    assert listener.heard == []


def test_a_closed_connection_is_an_error_not_silence(listener: Listener) -> None:
    listener.peer.close()

    with pytest.raises(ConnectionResetError):
        FrameReader(listener).read()
