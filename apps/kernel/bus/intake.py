"""Bring events from the queues into the inbox: read, insert, commit, dispatch, acknowledge, in this order.

What cannot be read, or came too late, goes to the dead letters; nothing is dropped.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from django.db import Error as DatabaseError
from django.db import connections

from apps.kernel.bus.dead_letters import REPLAY_HEADER
from apps.kernel.bus.deliveries import Consumer, Delivery
from apps.kernel.bus.publisher import BrokerUnreachable
from apps.kernel.clock import now
from apps.kernel.errors import Refused
from apps.kernel.events import codec
from apps.kernel.events.envelope import Envelope
from apps.kernel.ids import derived
from apps.kernel.inbox.arrivals import Arrival, Waiting, store
from apps.kernel.inbox.subscriptions import Subscription, name_of

log = structlog.get_logger(__name__)

EVENTS_PER_DISPATCH = 2000
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class CameTooLate(Refused):
    """The event's expiry time has passed; it is recorded as expired and not acted on."""


class NobodySubscribes(Refused):
    """Nobody in this context subscribes to {type}; remove the binding of its queue or add a handler."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A handler's task to be published: inbox row ids, and the correlation id if all rows share one."""

    handler: str
    ids: list[int]
    correlation_id: str | None


class Dispatcher(Protocol):
    """Publishes handler tasks, confirmed. Raises BrokerUnreachable when their fate is unknown."""

    def __call__(self, dispatches: Sequence[Dispatch]) -> None: ...


class Intake:
    """The intake of one context: its queues, its database."""

    def __init__(
        self,
        *,
        context: str,
        using: str,
        subscriptions: Sequence[Subscription],
        connect: Callable[[Sequence[str]], Consumer],
        dispatch: Dispatcher,
    ) -> None:
        self._context = context
        self._using = using
        self._queues = sorted({subscription.queue for subscription in subscriptions})
        self._handlers: dict[str, list[str]] = defaultdict(list)
        for subscription in subscriptions:
            self._handlers[subscription.event.event_type].append(name_of(subscription.handler))
        self._connect = connect
        self._dispatch = dispatch
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Take messages in until stopped; after a lost connection begin anew with a longer and longer pause."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                consumer = self._connect(self._queues)
                pause = FIRST_PAUSE_SECONDS
                self._consume(consumer)
            except BrokerUnreachable as error:
                log.warning("intake.broker_down", context=self._context, error=str(error), pause=pause)
                self._stopping.wait(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def _consume(self, consumer: Consumer) -> None:
        try:
            while not self._stopping.is_set():
                deliveries = consumer.next_batch()
                if deliveries:
                    self.take_in(deliveries, consumer)
        finally:
            consumer.close()

    def take_in(self, deliveries: Sequence[Delivery], consumer: Consumer) -> None:
        """Carry one batch all the way to its acknowledgement; wait, with the batch in hand, for a lost database."""
        arrivals, accepted, refused = self._sorted(deliveries)
        waiting = self._stored_with_patience(arrivals, consumer, reopened=replayed_ids(deliveries))
        self._dispatch(list(dispatches(waiting)))
        consumer.reject(refused)
        consumer.ack_all(accepted)

    def _sorted(self, deliveries: Iterable[Delivery]) -> tuple[list[Arrival], list[Delivery], list[Delivery]]:
        arrivals: list[Arrival] = []
        accepted: list[Delivery] = []
        refused: list[Delivery] = []
        for delivery in deliveries:
            try:
                arrivals += self._arrivals(delivery)
                accepted.append(delivery)
            except Refused as error:
                log.warning("intake.refused", queue=delivery.queue, message_id=delivery.message_id, error=str(error))
                refused.append(delivery)
        return arrivals, accepted, refused

    def _arrivals(self, delivery: Delivery) -> list[Arrival]:
        events = read(delivery)
        handlers = self._handlers.get(events[0].type)
        if handlers is None:
            raise NobodySubscribes(type=events[0].type)
        return [arrival(delivery, events, handler=handler) for handler in handlers]

    def _stored_with_patience(
        self, arrivals: Sequence[Arrival], consumer: Consumer, *, reopened: set[str]
    ) -> list[Waiting]:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                return store(arrivals, using=self._using, reopened=reopened)
            except DatabaseError as error:
                connections[self._using].close()
                log.warning("intake.database_down", context=self._context, error=str(error).strip(), pause=pause)
                consumer.pause(pause)
                pause = min(LONGEST_PAUSE_SECONDS / 3, pause * 2)
        raise BrokerUnreachable(reason="stopped while the database was away")


def read(delivery: Delivery) -> list[Envelope[Any]]:
    """Return the events of a delivery. Raises Refused with the sentence that goes to the dead letter."""
    encoding = delivery.properties.get("content_encoding")
    events = codec.decode(delivery.body, content_type=delivery.content_type, content_encoding=encoding)
    if not events:
        raise codec.UnreadableMessage(reason="it is a batch without events")
    if any(event.type != events[0].type for event in events):
        raise codec.UnreadableMessage(reason="it is a batch of several types")
    if any(event.expirytime is not None and event.expirytime <= now() for event in events):
        raise CameTooLate()
    return events


def arrival(delivery: Delivery, events: Sequence[Envelope[Any]], *, handler: str) -> Arrival:
    """Return what stands for a message and one of its handlers in the inbox."""
    single = delivery.content_type == codec.EVENT_CONTENT_TYPE
    return Arrival(
        handler=handler,
        message_id=str(events[0].id) if single else delivery.message_id or str(derived(delivery.body)),
        queue=delivery.queue,
        event_type=events[0].type,
        event_count=len(events),
        content_type=delivery.content_type,
        body=codec.plain(delivery.body, content_encoding=delivery.properties.get("content_encoding")).decode(),
        correlation_id=events[0].correlationid,
    )


def dispatches(waiting: Sequence[Waiting]) -> Iterator[Dispatch]:
    """Return the tasks that handle rows: one for each handler and two thousand events."""
    by_handler: dict[str, list[Waiting]] = defaultdict(list)
    for row in waiting:
        by_handler[row.handler].append(row)
    for handler, rows in by_handler.items():
        for part in _parts(rows):
            stories = {row.correlation_id for row in part}
            yield Dispatch(handler, [row.id for row in part], stories.pop() if len(stories) == 1 else None)


def _parts(rows: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    part: list[Waiting] = []
    size = 0
    for row in rows:
        if part and size + row.event_count > EVENTS_PER_DISPATCH:
            yield part
            part, size = [], 0
        part.append(row)
        size += row.event_count
    if part:
        yield part


def replayed_ids(deliveries: Iterable[Delivery]) -> set[str]:
    """Return the ids of the messages that staff have sent again."""
    return {delivery.message_id for delivery in deliveries if REPLAY_HEADER in delivery.headers}
