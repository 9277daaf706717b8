"""Publish many, then wait once: pipelined confirms, and a returned message counts as a failure."""

import struct
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp

from apps.kernel.bus.frames import publish_frames
from apps.kernel.errors import Unavailable

CONFIRM_SECONDS = 30
_SILENCE_SECONDS = 1
HEARTBEAT_SECONDS = 20
WRITE_BYTES = 64 * 1024


_Address = tuple[str, str, str]


class BrokerUnreachable(Unavailable):
    """RabbitMQ cannot be reached ({reason}); what is not confirmed stays in the outbox and is sent again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as the broker takes it."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    properties: dict[str, Any] = field(default_factory=dict)


def connect(url: str) -> amqp.Connection:
    """Open an AMQP connection. Raises BrokerUnreachable."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl=parts.scheme == "amqps",
        connect_timeout=5,
        heartbeat=HEARTBEAT_SECONDS,
        confirm_publish=False,
    )
    try:
        connection.connect()
    except (OSError, amqp.AMQPError) as error:
        raise BrokerUnreachable(reason=error) from error
    return connection


class Publisher:
    """A connection that publishes in batches. After any failure it starts over with a fresh connection."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: amqp.Connection | None = None
        self._channel: amqp.Channel | None = None
        self._tag = 0
        self._open: dict[int, int] = {}
        self._failed: dict[int, str] = {}
        self._indexes: dict[_Address, list[int]] = {}

    def publish(self, messages: Sequence[Outgoing]) -> dict[int, str]:
        """Publish persistently and wait for the broker's word on each; return the reasons of failures by index.

        Raises BrokerUnreachable when the connection is lost: then the fate of all of them is unknown and they must
        be sent again under the same ids.
        """
        try:
            channel = self._ready_channel()
            self._open, self._failed = {}, {}
            self._indexes = defaultdict(list)
            self._write(messages, channel=channel)
            self._wait_for_confirms(channel.connection)
        except (OSError, amqp.AMQPError) as error:
            self.close()
            raise BrokerUnreachable(reason=str(error) or type(error).__name__) from error
        return self._failed

    def stay_alive(self) -> None:
        """Answer and send heartbeats while there is nothing to publish."""
        if self._connection is None:
            return
        try:
            self._connection.send_heartbeat()
            self._connection.drain_events(timeout=0.001)
        except TimeoutError:
            return
        except (OSError, amqp.AMQPError):
            self.close()

    def close(self) -> None:
        """Let go of the connection; the next publish opens another."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.collect()

    def _ready_channel(self) -> amqp.Channel:
        if self._connection is None or not self._connection.connected or self._channel is None:
            self.close()
            self._connection = connect(self._url)
            self._channel = self._connection.channel()
            self._channel.events["basic_ack"].add(self._on_ack)
            self._channel.events["basic_nack"].add(self._on_nack)
            self._channel.events["basic_return"].add(self._on_return)
            self._channel.confirm_select()
            self._tag = 0
        return self._channel

    def _write(self, messages: Sequence[Outgoing], *, channel: amqp.Channel) -> None:
        """Write messages to the socket, many at once; what does not fit AMQP's frames fails alone."""
        transport, piece = channel.connection.transport, bytearray()
        for index, message in enumerate(messages):
            try:
                piece += _frames(message, channel=channel)
            except (ValueError, struct.error, amqp.AMQPError) as error:
                self._failed[index] = f"It does not fit AMQP's frames: {error}."
                continue
            self._tag += 1
            self._open[self._tag] = index
            self._indexes[message.message_id, message.exchange, message.routing_key].append(index)
            if len(piece) >= WRITE_BYTES:
                transport.write(piece)
                piece = bytearray()
        transport.write(piece)
        channel.connection.bytes_sent += 1  # The library's sign of life, which spares a heartbeat.

    def _wait_for_confirms(self, connection: amqp.Connection) -> None:
        """Wait until the broker has spoken on each. Heartbeats alone are no answer, however often they come."""
        deadline = time.monotonic() + CONFIRM_SECONDS
        while self._open:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"no word on {len(self._open)} messages in {CONFIRM_SECONDS} seconds")
            with suppress(TimeoutError):
                connection.drain_events(timeout=_SILENCE_SECONDS)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        for index in self._settle(tag, multiple):
            self._failed[index] = "The broker refused it: the queue is full or has lost its quorum."

    def _on_return(self, error: amqp.AMQPError, exchange: str, routing_key: str, message: amqp.Message) -> None:
        reason = f"No queue is bound to {exchange or 'the default exchange'} for {routing_key}."
        for index in self._indexes[message.properties["message_id"], exchange, routing_key]:
            self._failed[index] = reason

    def _settle(self, tag: int, multiple: bool) -> list[int]:
        tags = list(takewhile(lambda open_tag: open_tag <= tag, self._open)) if multiple else [tag]
        return [self._open.pop(settled) for settled in tags if settled in self._open]


def _frames(message: Outgoing, *, channel: amqp.Channel) -> bytes:
    return publish_frames(
        message.body,
        exchange=message.exchange,
        routing_key=message.routing_key,
        properties={**message.properties, "message_id": message.message_id, "delivery_mode": 2, "app_id": "treum"},
        channel=channel.channel_id or 0,
        frame_max=channel.connection.frame_max,
    )
