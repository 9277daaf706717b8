"""The relay: every recorded message reaches the broker, whoever dies or refuses meanwhile."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connections, transaction

from apps.kernel.bus import topology
from apps.kernel.bus.publisher import Outgoing, Publisher
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from apps.kernel.outbox.claims import OutboxTable
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import record_batches, request
from apps.kernel.outbox.relay import Relay
from tests.support.broker import Broker
from tests.support.events import bar, sealed, standing
from tests.support.messaging import TRADING, outbox, recorded, relay_all, relay_of
from workers.queues import TOPOLOGY

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

QUEUE = "trading.events"
NOWHERE = "amqp://guest:guest@127.0.0.1:1//"


class PartialPublisher:
    """A publisher whose broker refuses the messages at these places."""

    def __init__(self, *refused: int) -> None:
        self._refused = refused
        self.published: list[Outgoing] = []

    def publish(self, messages: list[Outgoing]) -> dict[int, str]:
        self.published += messages
        return {place: "refused" for place in self._refused if place < len(messages)}

    def stay_alive(self) -> None:
        """Nothing to keep alive."""

    def close(self) -> None:
        """Nothing to close."""


@contextmanager
def running(relay: Relay) -> Iterator[threading.Thread]:
    """Run a relay in a thread and stop it in the end."""
    thread = threading.Thread(target=relay.run)
    thread.start()
    try:
        yield thread
    finally:
        relay.stop()
        thread.join(10)
    assert not thread.is_alive()


def _addressed(name: str, **fields: object) -> OutboxMessage:
    values = {
        "message_id": uuid7(),
        "kind": OutboxMessage.Kind.REPLAY,
        "body": "{}",
        "correlation_id": "c",
        "actor": "a",
    }
    return OutboxMessage.objects.using(TRADING).create(name=name, **{**values, **fields})


def _published_names() -> list[str]:
    return [row.name for row in outbox(published_at__isnull=False)]


def test_a_recorded_event_arrives_as_it_was_written(broker: Broker) -> None:
    recorded(standing())
    assert relay_all(broker) == 1
    (row,) = outbox()
    (delivery,) = broker.take(QUEUE)
    assert delivery.body == row.body.encode()
    assert delivery.message_id == str(row.message_id)
    assert delivery.properties["delivery_mode"] == 2
    assert (delivery.properties["type"], delivery.properties["app_id"]) == ("user.subscription.changed", "treum")
    assert delivery.content_type == codec.EVENT_CONTENT_TYPE
    assert delivery.headers == {
        "correlation-id": row.correlation_id,
        "traceparent": row.traceparent,
        "actor": row.actor,
        "x-event-version": 1,
    }
    assert row.published_at is not None


def test_a_batch_message_arrives_as_one(broker: Broker) -> None:
    with transaction.atomic(using=TRADING):
        record_batches([standing(number) for number in range(30)], using=TRADING)
    assert relay_all(broker) == 1
    (delivery,) = broker.take(QUEUE)
    assert len(codec.decode(delivery.body, content_type=delivery.content_type)) == 30


def test_a_published_row_is_not_published_again(broker: Broker) -> None:
    recorded(standing())
    assert [relay_all(broker), relay_all(broker)] == [1, 0]
    assert broker.depth(QUEUE) == 1


def test_events_leave_in_the_order_in_which_they_were_recorded(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(1200)])
    relay_all(broker)
    versions = [codec.decode(d.body, content_type=d.content_type)[0].data.standing_version for d in broker.take(QUEUE)]
    assert versions == list(range(1200))


def test_two_relays_publish_each_row_once(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(3000)])
    relays = [relay_of(broker, batch=100) for _ in range(2)]

    def work(relay: Relay) -> None:
        while outbox_is_open():
            relay.relay_once()
        relay.close()
        connections.close_all()

    def outbox_is_open() -> bool:
        return OutboxMessage.objects.using(TRADING).filter(published_at__isnull=True).exists()

    threads = [threading.Thread(target=work, args=(relay,)) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    copies = Counter(delivery.message_id for delivery in broker.take(QUEUE))
    assert (len(copies), set(copies.values())) == (3000, {1})
    assert Counter(row.attempts for row in outbox()) == {1: 3000}


def test_rows_that_a_dead_relay_held_are_published_after_its_lease(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(10)])
    dead = OutboxTable(TRADING, relay="dead", lease_seconds=1)
    assert len(dead.claim(6)) == 6
    dead.close()
    assert relay_all(broker) == 4
    time.sleep(1.1)
    assert relay_all(broker) == 6
    assert broker.depth(QUEUE) == 10


def test_a_relay_that_lost_its_lease_cannot_hand_back_what_another_holds() -> None:
    recorded(standing())
    slow, quick = (
        OutboxTable(TRADING, relay=name, lease_seconds=seconds) for name, seconds in [("slow", 0), ("quick", 60)]
    )
    (held,) = slow.claim(1)
    time.sleep(0.01)
    assert [row.id for row in quick.claim(1)] == [held.id]
    slow.release([held.id])
    assert slow.claim(1) == []
    slow.close()
    quick.close()


def test_without_a_broker_nothing_is_lost_and_the_relay_backs_off(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(3)])
    relay = relay_of(broker, publisher=Publisher(NOWHERE))
    assert [relay.relay_once() for _ in range(5)] == [0] * 5
    relay.close()
    assert [(row.attempts, row.published_at, row.claimed_until) for row in outbox()] == [(1, None, None)] * 3
    assert relay_all(broker) == 3
    assert broker.depth(QUEUE) == 3


def test_the_broker_coming_back_is_noticed_without_a_restart(broker: Broker) -> None:
    publisher = Publisher(NOWHERE)
    relay = relay_of(broker, publisher=publisher)
    with running(relay):
        recorded(standing())
        time.sleep(0.3)
        assert broker.depth(QUEUE) == 0
        publisher._url = broker.url
        _wait_until(lambda: broker.depth(QUEUE) == 1, seconds=5)


def test_a_broken_connection_is_replaced(broker: Broker) -> None:
    relay = relay_of(broker)
    recorded(standing(1))
    assert relay.relay_once() == 1
    relay._publisher._connection.sock.close()
    recorded(standing(2))
    assert relay.relay_once() == 0
    time.sleep(0.6)
    assert relay.relay_once() == 1
    relay.close()
    assert broker.depth(QUEUE) == 2


def test_a_lost_database_connection_is_replaced(broker: Broker) -> None:
    recorded(standing())
    relay = relay_of(broker)
    backend = relay._tables[0]._opened().info.backend_pid
    with connections[TRADING].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    assert relay.relay_once() == 0
    time.sleep(0.6)
    assert relay.relay_once() == 1
    relay.close()


def test_a_full_queue_keeps_its_messages_in_the_outbox(broker: Broker) -> None:
    (events,) = (policy for policy in TOPOLOGY.policies if policy.name == "treum-events")
    broker.set_policy(topology.Policy(events.name, events.pattern, {"max-length": 2}))
    try:
        for number in range(8):
            recorded(standing(number))
            relay_all(broker)
        kept = outbox(published_at__isnull=True)
        assert 0 < len(kept) < 8
        assert all(row.claimed_until is not None for row in kept)
        assert broker.depth(QUEUE) == 8 - len(kept)
    finally:
        broker.set_policy(events)
    ids = {delivery.message_id for delivery in broker.take(QUEUE)}
    OutboxMessage.objects.using(TRADING).update(claimed_until=None)
    assert relay_all(broker) == len(kept)
    assert ids | {delivery.message_id for delivery in broker.take(QUEUE)} == {str(row.message_id) for row in outbox()}


def test_an_unroutable_message_is_kept_and_those_behind_it_pass(broker: Broker) -> None:
    _addressed("a.queue.that.is.gone")
    recorded(standing())
    relay = relay_of(broker, batch=1)
    assert relay.relay_once() == 1
    recorded(standing(2))
    assert relay.relay_once() == 1
    relay.close()
    (kept,) = outbox(published_at__isnull=True)
    assert (kept.name, kept.attempts) == ("a.queue.that.is.gone", 1)
    assert kept.claimed_until is not None


def test_of_two_messages_with_one_id_only_the_unroutable_one_is_kept(broker: Broker) -> None:
    shared = uuid7()
    _addressed("a.queue.that.is.gone", message_id=shared)
    _addressed(QUEUE, message_id=shared)
    assert relay_all(broker) == 1
    assert _published_names() == [QUEUE]


def test_a_row_that_makes_no_message_rests_and_the_others_pass(broker: Broker) -> None:
    _addressed("trading.count", kind=OutboxMessage.Kind.TASK, body="no json")
    _addressed("trading.count", kind="unheard of")
    _addressed(QUEUE, headers={"x-treum-type": "ß" * 200})
    recorded(standing())
    assert relay_all(broker) == 1
    assert _published_names() == ["user.subscription.changed"]


def test_a_refused_row_rests_longer_each_time() -> None:
    _addressed("a.queue.that.is.gone")
    table = OutboxTable(TRADING, relay="one", lease_seconds=15)
    rests = []
    for _ in range(3):
        (row,) = table.claim(1)
        table.postpone([row.id])
        with connections[TRADING].cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM claimed_until - clock_timestamp()) FROM outbox_message")
            rests.append(round(float(cursor.fetchone()[0]), 1))
            cursor.execute("UPDATE outbox_message SET claimed_until = NULL")
    table.close()
    assert rests == [0.5, 1.0, 2.0]


def test_only_what_the_broker_confirmed_is_marked(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(5)])
    relay = relay_of(broker, publisher=PartialPublisher(1, 3))
    assert relay.relay_once() == 3
    relay.close()
    assert [row.published_at is not None for row in outbox()] == [True, False, True, False, True]


def test_an_event_that_nobody_is_bound_for_goes_to_the_unrouted_queue(broker: Broker) -> None:
    body = codec.encode(sealed(standing())).decode()
    _addressed("user.vanished", kind=OutboxMessage.Kind.EVENT, body=body, event_version=1)
    assert relay_all(broker) == 1
    assert [delivery.properties["type"] for delivery in broker.take(topology.UNROUTED)] == ["user.vanished"]


def test_a_notification_wakes_the_relay_within_200_milliseconds(broker: Broker) -> None:
    with running(relay_of(broker, poll_seconds=30)) as thread:
        time.sleep(0.5)
        for number in range(5):
            recorded(standing(number))
            _wait_until(lambda: not outbox(published_at__isnull=True), seconds=5)
            time.sleep(0.05)
        relay_thread_alive = thread.is_alive()
        latencies = [(row.published_at - row.created_at).total_seconds() for row in outbox()]
        # A sleeping relay looks at `stop` when its poll ends or something wakes it.
        wake = threading.Timer(0.1, recorded, args=(bar(),))
        wake.start()
        wake.join()
    assert relay_thread_alive
    assert max(latencies) < 0.2


def test_a_stopped_relay_finishes_its_batch_and_lets_go(broker: Broker) -> None:
    recorded(*[standing(number) for number in range(200)])
    relay = relay_of(broker, batch=50)
    with running(relay):
        _wait_until(lambda: not outbox(published_at__isnull=True), seconds=10)
    assert outbox(claimed_until__isnull=False, published_at__isnull=True) == []
    assert relay._tables[0]._connection is None
    assert broker.depth(QUEUE) == 200


def test_a_task_request_reaches_its_queue_as_a_task(broker: Broker) -> None:
    with transaction.atomic(using=TRADING):
        request("trading.execute_batch", 7, using=TRADING)
    relay_all(broker)
    (row,), (delivery,) = outbox(), broker.take("trading")
    assert (delivery.headers["task"], delivery.headers["id"]) == ("trading.execute_batch", str(row.message_id))
    assert delivery.headers["correlation-id"] == row.correlation_id
    assert delivery.body == b'[[7], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'


def test_a_delayed_task_waits_in_the_broker_and_then_arrives(broker: Broker) -> None:
    with transaction.atomic(using=TRADING):
        request("trading.execute_batch", 7, using=TRADING, delay=2)
    relay_all(broker)
    sent = time.monotonic()
    assert broker.depth("trading") == 0
    _wait_until(lambda: broker.depth("trading") == 1, seconds=8)
    assert 1.5 < time.monotonic() - sent < 4
    (delivery,) = broker.take("trading")
    assert UUID(delivery.headers["id"]) == outbox()[0].message_id


def _wait_until(true, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not come true in time."
        time.sleep(0.02)
