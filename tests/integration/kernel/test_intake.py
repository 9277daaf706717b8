"""The intake: every message stands in the inbox once, or in the dead letters with a sentence; none is lost between."""

import gzip
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections

from apps.contracts.events.signals import SignalGenerated
from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.bus import intake as intake_module
from apps.kernel.bus import topology
from apps.kernel.bus.deliveries import Consumer
from apps.kernel.bus.models import DeadLetter
from apps.kernel.bus.publisher import BrokerUnreachable
from apps.kernel.clock import now
from apps.kernel.events import codec
from apps.kernel.events.codec import BATCH_CONTENT_TYPE
from apps.kernel.ids import uuid7
from apps.kernel.inbox.arrivals import store
from apps.kernel.inbox.subscriptions import Subscription
from tests.support.broker import Broker
from tests.support.events import bar, sealed, signal, standing
from tests.support.messaging import (
    Dispatched,
    Witness,
    dead_letter_intake,
    deed,
    inbox,
    intake_of,
    recorded,
    relay_all,
    take_in_all,
)

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

QUEUE = "trading.events"
SIGNALS = "trading.signals"
KEY = "user.subscription.changed"

update = Witness("update_entitlement")
execute = Witness("open_execution")
refuse = Witness("refuse_expired")
SUBSCRIPTIONS = (
    Subscription(UserSubscriptionChanged, update.handler),
    Subscription(SignalGenerated, execute.handler, expired=refuse.handler),
)


@pytest.fixture
def dispatched() -> Dispatched:
    return Dispatched()


def take_in(broker: Broker, dispatched: Callable[..., None], *, queue: str = QUEUE) -> int:
    """Take in what is in a queue, as a new process would."""
    return take_in_all(intake_of(broker, *SUBSCRIPTIONS, dispatch=dispatched), broker, queue)


def letters(broker: Broker, dispatched: Dispatched, *, queue: str = QUEUE) -> list[DeadLetter]:
    """Bring a queue's dead letters into their table and return them."""
    dead = dead_letter_intake(*SUBSCRIPTIONS, broker=broker, dispatch=dispatched)
    take_in_all(dead, broker, f"{queue}{topology.DEAD_LETTER_SUFFIX}")
    return list(DeadLetter.objects.order_by("id"))


def send(broker: Broker, event: Any = None, **properties: Any) -> str:
    """Publish an event as the relay does and return its id."""
    envelope = sealed(event or standing())
    return broker.publish(codec.encode(envelope), key=envelope.type, message_id=envelope.id, **properties)


def test_a_message_becomes_an_inbox_row_and_a_task(broker: Broker, dispatched: Dispatched) -> None:
    message_id = send(broker)
    assert take_in(broker, dispatched) == 1
    (row,) = inbox()
    assert (row.handler, row.message_id, row.queue) == ("trading.update_entitlement", message_id, QUEUE)
    assert (row.event_type, row.event_count, row.status, row.deliveries) == (KEY, 1, "pending", 1)
    (dispatch,) = dispatched.all
    assert (dispatch.handler, dispatch.ids) == ("trading.update_entitlement", [row.id])
    assert dispatch.correlation_id == "story-0001"
    assert broker.depth(QUEUE) == 0


def test_a_duplicate_message_is_one_row_and_counts(broker: Broker, dispatched: Dispatched) -> None:
    body, message_id = codec.encode(sealed(standing())), uuid7()
    for _ in range(3):
        broker.publish(body, key=KEY, message_id=message_id)
    take_in(broker, dispatched)
    (row,) = inbox()
    # How many of the copies the broker hands over at once is its own affair.
    assert (row.deliveries, set(dispatched.ids)) == (3, {row.id})


def test_an_unhandled_message_that_comes_again_is_dispatched_again(broker: Broker, dispatched: Dispatched) -> None:
    body = codec.encode(sealed(standing()))
    for _ in range(2):
        broker.publish(body, key=KEY)
        take_in(broker, dispatched)
    (row,) = inbox()
    assert dispatched.ids == [row.id, row.id]


def test_a_handled_message_that_comes_again_is_acknowledged_and_left_alone(
    broker: Broker, dispatched: Dispatched
) -> None:
    body = codec.encode(sealed(standing()))
    broker.publish(body, key=KEY)
    take_in(broker, dispatched)
    assert dispatched.run(update.handler) == 1
    broker.publish(body, key=KEY)
    take_in(broker, dispatched)
    (row,) = inbox()
    assert (row.status, row.deliveries, dispatched.all) == ("done", 2, [])
    assert broker.depth(QUEUE) == 0


def test_two_handlers_of_one_event_have_a_row_each(broker: Broker, dispatched: Dispatched) -> None:
    greet = Witness("greet")
    send(broker)
    both = (Subscription(UserSubscriptionChanged, update.handler), Subscription(UserSubscriptionChanged, greet.handler))
    take_in_all(intake_of(broker, *both, dispatch=dispatched), broker, QUEUE)
    assert [row.handler for row in inbox()] == ["trading.update_entitlement", "trading.greet"]
    assert dispatched.run(update.handler, greet.handler) == 2


def test_a_batch_message_is_one_row_and_arrives_flattened(broker: Broker, dispatched: Dispatched) -> None:
    witness = Witness("update_entitlement")
    envelopes = [sealed(standing(number)) for number in range(7)]
    message_id = broker.publish(codec.encode_batch(envelopes), key=KEY, content_type=BATCH_CONTENT_TYPE)
    take_in(broker, dispatched)
    (row,) = inbox()
    assert (row.message_id, row.event_count) == (message_id, 7)
    dispatched.run(witness.handler)
    assert witness.seen == envelopes


def test_a_gzipped_batch_is_read(broker: Broker, dispatched: Dispatched) -> None:
    witness = Witness("update_entitlement")
    body = gzip.compress(codec.encode_batch([sealed(standing(1)), sealed(standing(2))]))
    broker.publish(body, key=KEY, content_type=BATCH_CONTENT_TYPE, content_encoding="gzip")
    take_in(broker, dispatched)
    dispatched.run(witness.handler)
    assert [event.data.standing_version for event in witness.seen] == [1, 2]


def test_tasks_carry_at_most_two_thousand_events(broker: Broker, dispatched: Dispatched) -> None:
    for start in range(0, 4000, 250):
        batch = [sealed(standing(start + number)) for number in range(250)]
        broker.publish(codec.encode_batch(batch), key=KEY, content_type=BATCH_CONTENT_TYPE)
    take_in(broker, dispatched)
    assert sum(len(dispatch.ids) for dispatch in dispatched.all) == 16
    assert max(len(dispatch.ids) for dispatch in dispatched.all) <= 8


def _wire(**changed: Any) -> bytes:
    attributes = json.loads(codec.encode(sealed(standing()))) | changed
    return json.dumps({name: value for name, value in attributes.items() if value is not None}).encode()


BAD = {
    "not JSON": (b"{torn", {}, "The message is no CloudEvents 1.0 JSON: "),
    "not CloudEvents": (b'{"hello": 1}', {}, "specversion: Field required"),
    "foreign content type": (
        b"x",
        {"content_type": "application/x-pickle"},
        "The content type is 'application/x-pickle'",
    ),
    "no content type": (_wire(), {"content_type": ""}, "The content type is ''"),
    "unknown type": (
        _wire(type="user.gone", dataschema="urn:treum:event:user.gone:1"),
        {},
        "No event of type user.gone",
    ),
    "unknown version": (_wire(dataschema=f"urn:treum:event:{KEY}:9"), {}, f"Version 9 of {KEY} is not known here"),
    "broken data": (_wire(data={}), {}, f"The data of {KEY} version 1 breaks its schema: user_id: Field required"),
    "10 MB": (b" " * 10_485_760, {}, "The message has 10485760 bytes, and at most 1048576 are read"),
    "nobody subscribes": (codec.encode(sealed(bar())), {}, "Nobody in this context subscribes to market.bar.closed"),
    "expired": (_wire(expirytime="2024-05-01T12:00:00Z"), {}, "The event's expiry time has passed"),
    "empty batch": (b"[]", {"content_type": BATCH_CONTENT_TYPE}, "it is a batch without events"),
    "mixed batch": (
        codec.encode_batch([sealed(standing()), sealed(bar())]),
        {"content_type": BATCH_CONTENT_TYPE},
        "it is a batch of several types",
    ),
    "NUL in an id": (_wire(correlationid="a\0b"), {}, "correlationid: String should match pattern"),
    "long correlation id": (_wire(correlationid="x" * 65), {}, "correlationid: String should have at most 64"),
    "no utf-8": (b"\xff\xfe\0", {}, "The message is no CloudEvents 1.0 JSON: "),
}


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(("body", "properties", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_taken_dies_with_its_sentence_and_its_neighbours_live(
    broker: Broker, dispatched: Dispatched, body: bytes, properties: dict[str, Any], sentence: str, place: str
) -> None:
    key = "market.bar.closed" if b"market.bar" in body and b"user." not in body else KEY
    order = [lambda: broker.publish(body, key=key, **properties), lambda: send(broker)]
    for publish in order if place == "before" else reversed(order):
        publish()
    assert take_in(broker, dispatched) == 2
    assert [row.status for row in inbox()] == ["pending"]
    (letter,) = letters(broker, dispatched)
    assert sentence in letter.error
    assert (letter.queue, bytes(letter.payload)) == (QUEUE, body)
    assert broker.depth(QUEUE) == broker.depth(f"{QUEUE}.dlq") == 0


def test_a_message_without_any_id_is_taken_in_once(broker: Broker, dispatched: Dispatched) -> None:
    body = codec.encode_batch([sealed(standing())])
    for message_id in ("", "not-a-uuid", "x" * 200):
        broker.publish(body, key=KEY, message_id=message_id, content_type=BATCH_CONTENT_TYPE)
    take_in(broker, dispatched)
    assert [row.deliveries for row in inbox()] == [3]


def test_a_late_signal_is_given_to_the_handler_of_late_ones(broker: Broker, dispatched: Dispatched) -> None:
    envelope = sealed(signal(), expires_at=now() - timedelta(seconds=1))
    broker.publish(codec.encode(envelope), key=envelope.type, message_id=envelope.id)
    take_in(broker, dispatched, queue=SIGNALS)
    assert (inbox(), dispatched.all) == ([], [])
    (letter,) = letters(broker, dispatched, queue=SIGNALS)
    assert (letter.reason, letter.type) == ("expired", "signal.generated")
    assert [(row.handler, row.queue) for row in inbox()] == [("trading.refuse_expired", SIGNALS)]
    late = Witness("refuse_expired")
    assert dispatched.run(late.handler) == 1
    assert [event.id for event in late.seen] == [envelope.id]


def test_a_signal_that_waited_too_long_in_its_queue_is_late_too(broker: Broker, dispatched: Dispatched) -> None:
    envelope = sealed(signal())
    packed = gzip.compress(codec.encode(envelope))
    broker.publish(packed, key=envelope.type, message_id=envelope.id, content_encoding="gzip", expiration="1")
    time.sleep(0.3)
    (letter,) = letters(broker, dispatched, queue=SIGNALS)
    assert letter.error == "The event's expiry time has passed; it is recorded as expired and not acted on."
    assert bytes(letter.payload) == codec.encode(envelope)
    assert [row.handler for row in inbox()] == ["trading.refuse_expired"]


def test_killed_before_the_dispatch_the_message_comes_again(broker: Broker, dispatched: Dispatched) -> None:
    send(broker)
    dispatched.failure = BrokerUnreachable(reason="killed")
    with pytest.raises(BrokerUnreachable):
        take_in(broker, dispatched)
    assert [row.status for row in inbox()] == ["pending"]
    dispatched.failure = None
    assert take_in(broker, dispatched) == 1
    (row,) = inbox()
    assert (row.deliveries, dispatched.ids) == (2, [row.id])


class _DiesBeforeAck(Consumer):
    def ack_all(self, deliveries: Any) -> None:
        raise BrokerUnreachable(reason="killed")


def test_killed_between_dispatch_and_acknowledgement_the_message_is_handled_once(
    broker: Broker, dispatched: Dispatched
) -> None:
    witness = Witness("update_entitlement")
    send(broker)
    consumer = _DiesBeforeAck(broker.url, queues=[QUEUE], batch=500)
    batch = consumer.next_batch()
    with pytest.raises(BrokerUnreachable):
        intake_of(broker, *SUBSCRIPTIONS, dispatch=dispatched).take_in(batch, consumer)
    consumer.close()
    take_in(broker, dispatched)
    assert len(dispatched.all) == 2
    assert dispatched.run(witness.handler) == 1
    assert len(witness.seen) == 1


def test_while_the_database_is_away_messages_wait_and_none_is_lost(
    broker: Broker, dispatched: Dispatched, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def absent_twice(*args: Any, **options: Any) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("the database system is shutting down")
        return store(*args, **options)

    monkeypatch.setattr(intake_module, "store", absent_twice)
    for number in range(3):
        send(broker, standing(number))
    assert take_in(broker, dispatched) == 3
    assert (len(inbox()), len(dispatched.ids)) == (3, 3)
    assert {row.deliveries for row in inbox()} == {1}


def test_an_intake_told_to_stop_while_the_database_is_away_gives_its_messages_back(
    broker: Broker, dispatched: Dispatched, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = intake_of(broker, *SUBSCRIPTIONS, dispatch=dispatched)

    def gone(*args: Any, **options: Any) -> Any:
        intake.stop()
        raise OperationalError("gone")

    monkeypatch.setattr(intake_module, "store", gone)
    send(broker)
    intake.run()
    assert broker.depth(QUEUE) == 1


def test_an_intake_runs_until_it_is_stopped(broker: Broker, dispatched: Dispatched) -> None:
    intake = intake_of(broker, *SUBSCRIPTIONS, dispatch=dispatched)

    def run() -> None:
        intake.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    for number in range(20):
        send(broker, standing(number))
    deadline = time.monotonic() + 10
    while len(dispatched.ids) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    intake.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(set(dispatched.ids)) == 20
    assert broker.depth(QUEUE) == 0


def test_a_missing_queue_is_waited_for(broker: Broker, dispatched: Dispatched) -> None:
    with pytest.raises(BrokerUnreachable, match=r"no queue 'nowhere\.events'"):
        broker.consumer("nowhere.events")


def test_a_connection_lost_at_the_acknowledgement_is_told_as_such(broker: Broker) -> None:
    send(broker)
    consumer = broker.consumer(QUEUE)
    batch = consumer.next_batch()
    consumer._connection.sock.close()
    for answer in (consumer.ack_all, consumer.reject):
        with pytest.raises(BrokerUnreachable):
            answer(batch)
    consumer.close()


def test_a_pause_hears_the_broker(broker: Broker) -> None:
    consumer = broker.consumer(QUEUE)
    send(broker)
    consumer.pause(0.5)
    assert len(consumer.next_batch()) == 1
    consumer.close()


def test_the_relay_and_the_intake_speak_the_same_language(broker: Broker, dispatched: Dispatched) -> None:
    recorded(standing(5), using="default")
    relay_all(broker, "default")
    seen: list[Any] = []
    take_in(broker, dispatched)
    dispatched.run(deed("update_entitlement", seen.extend))
    assert [event.data for event in seen] == [standing(5)]
