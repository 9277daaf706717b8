"""A virtual host of the tests' own on the real broker, declared as in production and emptied before each test."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import amqp
from kombu.transport import native_delayed_delivery as delayed

from apps.kernel.bus import topology
from apps.kernel.bus.deliveries import Consumer, Delivery
from apps.kernel.bus.management_api import ManagementApi
from apps.kernel.bus.publisher import Outgoing, Publisher, connect
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from workers.queues import TOPOLOGY

PREFIX = "treum_test_"


class Broker:
    """The virtual host, with what tests ask of it."""

    def __init__(self, url: str, *, management_url: str, worker: str) -> None:
        self.virtual_host = f"{PREFIX}{os.getpid()}_{worker}"
        self.url = urlunsplit(urlsplit(url)._replace(path=f"/{self.virtual_host}"))
        self.api = ManagementApi(management_url)

    def open(self) -> None:
        """Create the virtual host and declare everything on it; remove those that dead test runs left."""
        for name in self.api.virtual_hosts():
            owner = re.match(rf"{PREFIX}(\d+)_", name)
            if owner and not Path(f"/proc/{owner[1]}").exists():
                self.api.delete_virtual_host(name)
        self.api.create_virtual_host(self.virtual_host)
        topology.apply(TOPOLOGY, url=self.url)
        for policy in TOPOLOGY.policies:
            self.api.set_policy(policy, virtual_host=self.virtual_host)

    def remove(self) -> None:
        """Delete the virtual host with all it holds."""
        self.api.delete_virtual_host(self.virtual_host)

    def purge(self) -> None:
        """Empty every queue."""
        connection = connect(self.url)
        channel = connection.channel()
        for queue in TOPOLOGY.queues:
            channel.queue_purge(queue.name)
        for level in range(delayed.MAX_LEVEL + 1):
            channel.queue_purge(delayed.level_name(level))
        connection.close()

    def depth(self, queue: str) -> int:
        """Return how many messages are ready in a queue."""
        connection = connect(self.url)
        found = connection.channel().queue_declare(queue, passive=True)
        connection.close()
        return int(found.message_count)

    def publish(self, body: bytes, *, exchange: str = topology.BUS, key: str, **properties: Any) -> str:
        """Publish one message, confirmed, as a stranger might; return its id."""
        message_id = str(properties.pop("message_id", uuid7()))
        properties.setdefault("content_type", codec.EVENT_CONTENT_TYPE)
        publisher = Publisher(self.url)
        publisher.publish([Outgoing(exchange, key, body, message_id, properties)])
        publisher.close()
        return message_id

    def consumer(self, *queues: str, batch: int = 500) -> Consumer:
        """Return a consumer of queues."""
        return Consumer(self.url, queues=queues, batch=batch)

    def take(self, queue: str) -> list[Delivery]:
        """Take and acknowledge everything that is ready in a queue."""
        consumer = self.consumer(queue)
        taken: list[Delivery] = []
        while batch := consumer.next_batch():
            consumer.ack_all(batch)
            taken += batch
        consumer.close()
        return taken

    def set_policy(self, policy: topology.Policy) -> None:
        """Put a policy in force here."""
        self.api.set_policy(policy, virtual_host=self.virtual_host)

    def connection(self) -> amqp.Connection:
        """Return a plain connection, for the caller to close."""
        return connect(self.url)
