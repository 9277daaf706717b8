"""Take messages off queues as they are, in batches, and answer for each of them."""

import select
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import amqp

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
        """The AMQP message id, or an empty string."""
        return str(self.properties.get("message_id") or "")

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
        self._channel = self._connection.channel()
        self._channel.basic_qos(0, batch * 2, False)
        for queue in queues:
            self._channel.basic_consume(queue, callback=self._take, consumer_tag=queue)

    def next_batch(self) -> list[Delivery]:
        """Wait up to a quarter of a second for messages; return those at hand, up to a batch or two megabytes.

        Raises BrokerUnreachable when the connection is lost; what was not answered comes again.
        """
        try:
            self._connection.heartbeat_tick()
            for _ in self._drained():
                if len(self._waiting) >= self._batch or self._waiting_bytes >= BATCH_BYTES:
                    break
        except (OSError, amqp.AMQPError) as error:
            raise BrokerUnreachable(reason=str(error) or type(error).__name__) from error
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return batch

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        """Send messages to the dead letters."""
        for delivery in deliveries:
            self._channel.basic_reject(delivery.tag, requeue=False)

    def ack_all(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge a whole batch, whose rejected messages have been answered before."""
        if deliveries:
            self._channel.basic_ack(max(delivery.tag for delivery in deliveries), multiple=True)

    def pause(self, seconds: float) -> None:
        """Keep the connection alive for a while without taking anything new in hand."""
        self._connection.heartbeat_tick()
        select.select([], [], [], seconds)

    def close(self) -> None:
        """Let go of the connection; unanswered messages go back to their queues."""
        self._connection.collect()

    def _drained(self) -> Iterator[None]:
        timeout = 0.0 if self._waiting else _POLL_SECONDS
        while select.select([self._connection.sock], [], [], timeout)[0]:
            try:
                self._connection.drain_events(timeout=5)
            except socket.timeout:
                return
            yield
            timeout = 0.0

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
