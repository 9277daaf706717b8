"""Take messages off queues as they are, in batches, and answer for each of them."""

import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import amqp

from apps.kernel.bus.frames import FrameReader
from apps.kernel.bus.publisher import BrokerUnreachable, connect

BATCH_BYTES = 2 * 1024 * 1024
"""Enough for one breath: while large messages are taken in a few at a time, workers already handle the first."""

_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message with what is needed to answer for it."""

    queue: str
    tag: int
    body: bytes
    properties: dict[str, Any]
    headers: dict[str, Any]
    redelivered: bool

    @property
    def message_id(self) -> str:
        """The AMQP message id in its canonical form, or an empty string when it is missing or no UUID."""
        try:
            return str(UUID(str(self.properties.get("message_id"))))
        except ValueError:
            return ""

    @property
    def content_type(self) -> str:
        """The AMQP content type, or an empty string."""
        return str(self.properties.get("content_type") or "")


class Consumer:
    """Consumes queues over one connection. Nothing is acknowledged but by `ack_all` and `reject`."""

    def __init__(self, url: str, *, queues: Sequence[str], batch: int) -> None:
        self._batch = batch
        self._waiting: list[Delivery] = []
        self._waiting_bytes = 0
        self._connection = connect(url)
        self._reader = FrameReader(self._connection)
        try:
            with _broker_errors():
                self._channel = self._connection.channel()
                self._channel.basic_qos(prefetch_size=0, prefetch_count=batch * 2, a_global=False)
                for queue in queues:
                    self._channel.basic_consume(queue, callback=self._take, consumer_tag=queue)
        except BrokerUnreachable:
            self.close()
            raise

    def next_batch(self) -> list[Delivery]:
        """Wait up to a quarter of a second for messages; return those at hand, about a batch or two megabytes.

        Raises BrokerUnreachable when the connection is lost; what was not answered comes again.
        """
        with _broker_errors():
            self._connection.heartbeat_tick()
            self._fill()
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return batch

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        """Send messages to the dead letters."""
        with _broker_errors():
            for delivery in deliveries:
                self._channel.basic_reject(delivery.tag, requeue=False)

    def ack_all(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge all of a batch that has not been rejected before.

        The broker takes one acknowledgement for everything up to a tag, and closes the channel over a tag that has
        been answered already: leave the rejected ones out.
        """
        if deliveries:
            with _broker_errors():
                self._channel.basic_ack(max(delivery.tag for delivery in deliveries), multiple=True)

    def pause(self, seconds: float) -> None:
        """Keep the connection alive for a while, sending and hearing heartbeats.

        What the broker still delivers meanwhile, at most the prefetch, waits for the next batch.
        """
        deadline = time.monotonic() + seconds
        with _broker_errors():
            while (left := deadline - time.monotonic()) > 0:
                self._connection.heartbeat_tick()
                if self._readable(min(left, _POLL_SECONDS)):
                    self._reader.read()

    def close(self) -> None:
        """Let go of the connection; unanswered messages go back to their queues."""
        self._connection.collect()

    def _fill(self) -> None:
        """Read until a batch is at hand, or nothing more comes at once."""
        patience = 0.0 if self._waiting else _POLL_SECONDS
        while len(self._waiting) < self._batch and self._waiting_bytes < BATCH_BYTES and self._readable(patience):
            self._reader.read()
            patience = 0.0

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._connection.sock], [], [], seconds)[0])

    def _take(self, message: amqp.Message) -> None:
        properties = dict(message.properties)
        headers = dict(properties.pop("application_headers", None) or {})
        info = message.delivery_info
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        self._waiting_bytes += len(body)
        self._waiting.append(
            Delivery(
                queue=info["consumer_tag"],
                tag=info["delivery_tag"],
                body=body,
                properties=properties,
                headers=headers,
                redelivered=info["redelivered"],
            )
        )


@contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, amqp.AMQPError) as error:
        raise BrokerUnreachable(reason=str(error) or type(error).__name__) from error
