"""`relay_vs_raw`: events a second from outbox to broker, against publishing the same bytes without an outbox."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import amqp
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction

from apps.kernel.bus import topology
from apps.kernel.bus.publisher import Outgoing, Publisher, connect
from apps.kernel.outbox.claims import OutboxTable
from apps.kernel.outbox.recorder import record
from apps.kernel.outbox.relay import Relay
from benchmarks.figures import Figure, figure
from benchmarks.fills import fill
from benchmarks.staging import staged
from benchmarks.tally.apps import DATABASE
from benchmarks.tally.topology import QUEUE, TOPOLOGY
from workers.encoding import encode_request

EVENTS = 20_000
ROUNDS = 5
BATCH = settings.TREUM_OUTBOX_BATCH
_SAVE = "CREATE UNLOGGED TABLE outbox_saved AS SELECT * FROM outbox_message"
_REFILL = "TRUNCATE outbox_message; INSERT INTO outbox_message SELECT * FROM outbox_saved"
_UNPUBLISHED = "SELECT count(*) FROM outbox_message WHERE published_at IS NULL"


def measure() -> list[Figure]:
    """Return the figure, measured on a stage of its own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Relay and publish the same messages in turns, and return the medians."""
    topology.apply(TOPOLOGY, url=settings.RABBITMQ_URL)
    _record(EVENTS)
    with _relay() as relay, closing(_RawPublisher()) as publisher:
        messages = _encoded(relay)
        ours, raw = [], []
        for number in range(ROUNDS + 1):
            ours.append(_rate(lambda: _relayed(relay)))
            raw.append(_rate(lambda: publisher.publish(messages)))
            print(f"  relay {ours[-1]:,.0f}/s, raw {raw[-1]:,.0f}/s{'' if number else ' (warm-up)'}", flush=True)
    median = statistics.median
    return [figure("relay_vs_raw", ours=median(ours[1:]), yardstick=median(raw[1:]), unit="events/s", goal=0.7)]


def _record(count: int) -> None:
    call_command("flush", database=DATABASE, interactive=False, verbosity=0)
    with transaction.atomic(using=DATABASE):
        record(*(fill(number) for number in range(count)), using=DATABASE)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_SAVE)


@contextmanager
def _relay() -> Iterator[Relay]:
    relay = Relay(
        [DATABASE],
        publisher=Publisher(settings.RABBITMQ_URL),
        encode_task=encode_request,
        batch=BATCH,
        lease_seconds=settings.TREUM_OUTBOX_LEASE_SECONDS,
        poll_seconds=settings.TREUM_OUTBOX_POLL_SECONDS,
    )
    try:
        yield relay
    finally:
        relay.close()


def _encoded(relay: Relay) -> list[Outgoing]:
    table = OutboxTable(DATABASE, relay="benchmark", lease_seconds=1)
    rows = table.claim(EVENTS)
    table.close()
    return [relay.encode(row) for row in rows]


def _rate(work: Callable[[], None]) -> float:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_REFILL)
    _purge()
    begun = time.perf_counter()
    work()
    rate = EVENTS / (time.perf_counter() - begun)
    arrived = _purge()
    if arrived != EVENTS:
        raise AssertionError(f"{EVENTS} events were sent and {arrived} arrived.")
    return rate


def _relayed(relay: Relay) -> None:
    moved = 0
    while moved < EVENTS:
        moved += relay.relay_once()
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_UNPUBLISHED)
        assert cursor.fetchone() == (0,)


class _RawPublisher:
    """Publishes as the bare client library does it: mandatory, persistent, a wait for the confirms of each batch."""

    def __init__(self) -> None:
        self._connection = connect(settings.RABBITMQ_URL)
        self._channel = self._connection.channel()
        self._channel.events["basic_ack"].add(self._confirmed)
        self._channel.confirm_select()
        self._tag = 0
        self._open: set[int] = set()

    def publish(self, messages: Sequence[Outgoing]) -> None:
        for start in range(0, len(messages), BATCH):
            for message in messages[start : start + BATCH]:
                self._tag += 1
                self._open.add(self._tag)
                self._channel.basic_publish(
                    amqp.Message(
                        message.body,
                        delivery_mode=2,
                        app_id="treum",
                        message_id=message.message_id,
                        **message.properties,
                    ),
                    exchange=message.exchange,
                    routing_key=message.routing_key,
                    mandatory=True,
                )
            while self._open:
                self._connection.drain_events(timeout=30)

    def close(self) -> None:
        self._connection.close()

    def _confirmed(self, tag: int, multiple: bool) -> None:
        self._open.difference_update([one for one in self._open if one <= tag] if multiple else [tag])


def _purge() -> int:
    connection = connect(settings.RABBITMQ_URL)
    purged = int(connection.channel().queue_purge(QUEUE))
    connection.close()
    return purged
