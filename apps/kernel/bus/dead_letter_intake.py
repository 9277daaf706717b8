"""Bring dead letters from their queues into the table that staff see, and tell the handlers of late events."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

from apps.kernel.bus import dead_letters, topology
from apps.kernel.bus.dead_letters import Death
from apps.kernel.bus.deliveries import Consumer, Delivery
from apps.kernel.bus.intake import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CameTooLate,
    Dispatch,
    Dispatcher,
    NobodySubscribes,
    arrival,
    dispatches,
    read,
    replayed_ids,
)
from apps.kernel.bus.publisher import BrokerUnreachable
from apps.kernel.errors import Refused
from apps.kernel.events import codec
from apps.kernel.events.envelope import Envelope
from apps.kernel.ids import derived
from apps.kernel.inbox.arrivals import Arrival, store
from apps.kernel.inbox.subscriptions import Subscription, name_of

log = structlog.get_logger(__name__)

EXPIRED = "expired"
FAILED = "failed"
REJECTED = "rejected"
UNREADABLE = "unreadable"
UNROUTED = "unrouted"


class DeadLetterIntake:
    """Consumes every dead-letter queue. `subscriptions` of all contexts tell who wants to know of late events."""

    def __init__(
        self,
        *,
        queues: Sequence[str],
        subscriptions: Sequence[Subscription],
        database_of: Mapping[str, str],
        connect: Callable[[Sequence[str]], Consumer],
        dispatch: Dispatcher,
    ) -> None:
        self._queues = queues
        self._subscriptions = subscriptions
        self._wanted: dict[str, set[str]] = defaultdict(set)
        for subscription in subscriptions:
            self._wanted[subscription.queue].add(subscription.event.event_type)
        self._database_of = database_of
        self._connect = connect
        self._dispatch = dispatch
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Take dead letters in until stopped; a lost broker or database is waited for."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                consumer = self._connect(self._queues)
                try:
                    while not self._stopping.is_set():
                        self.take_in(consumer.next_batch(), consumer)
                        pause = FIRST_PAUSE_SECONDS
                finally:
                    consumer.close()
            except (BrokerUnreachable, DatabaseError) as error:
                for alias in {DEFAULT_DB_ALIAS, *self._database_of.values()}:
                    connections[alias].close()
                log.warning("dead_letters.waiting", error=str(error).strip(), pause=pause)
                self._stopping.wait(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def take_in(self, deliveries: Sequence[Delivery], consumer: Consumer) -> None:
        """Store a batch of dead letters, dispatch what came too late, acknowledge."""
        if not deliveries:
            return
        deaths = [self._explained(death_of(delivery)) for delivery in deliveries]
        dead_letters.keep(deaths)
        self._dispatch(self._late(deliveries, deaths))
        consumer.ack_all(deliveries)

    def _explained(self, death: Death) -> Death:
        """Return a death with its sentence, where the reason is that nobody wanted to know."""
        known = death.handler or death.error or death.reason != REJECTED or death.queue not in self._wanted
        if known or death.type in self._wanted[death.queue]:
            return death
        nobody = NobodySubscribes(type=death.type)
        return replace(death, error=str(nobody), error_class=type(nobody).__name__)

    def _late(self, deliveries: Sequence[Delivery], deaths: Sequence[Death]) -> list[Dispatch]:
        late: dict[str, list[Arrival]] = defaultdict(list)
        again = replayed_ids(deliveries)
        for delivery, death in zip(deliveries, deaths, strict=True):
            if death.reason == EXPIRED:
                for subscription in self._wanting(death):
                    late[subscription.context].append(_late_arrival(delivery, subscription, queue=death.queue))
        return [
            dispatch
            for context, arrivals in late.items()
            for dispatch in dispatches(store(arrivals, using=self._database_of[context], reopened=again))
        ]

    def _wanting(self, death: Death) -> list[Subscription]:
        return [
            subscription
            for subscription in self._subscriptions
            if subscription.expired is not None
            and subscription.queue == death.queue
            and subscription.event.event_type == death.type
        ]


def death_of(delivery: Delivery) -> Death:
    """Return what is known of a dead letter: from its x-death header, its own headers, and by reading it again."""
    headers = delivery.headers
    x_death = [_plain(entry) for entry in headers.get("x-death") or [] if isinstance(entry, dict)]
    death = Death(
        queue=delivery.queue.removesuffix(topology.DEAD_LETTER_SUFFIX),
        message_id=delivery.message_id or str(headers.get("id") or derived(delivery.body)),
        reason=_text(x_death[0], "reason", longest=32) if x_death else FAILED,
        payload=_unpacked(delivery),
        handler=_text(headers, "x-treum-handler"),
        type=_text(headers, "x-treum-type", "task") or _text(delivery.properties, "type"),
        error_class=_text(headers, "x-treum-error-class"),
        error=_text(headers, "x-treum-error", longest=2000),
        attempts=headers["x-treum-attempts"] if isinstance(headers.get("x-treum-attempts"), int) else 1,
        correlation_id=_text(headers, "correlation-id", longest=64),
        content_type=_text(delivery.properties, "content_type"),
        headers={_plain(name): _plain(value) for name, value in headers.items() if name != "x-death"},
        x_death=x_death,
    )
    if delivery.queue == topology.UNROUTED:
        return replace(death, reason=UNROUTED, error=f"No queue is bound for {delivery.properties.get('type')}.")
    if death.handler or "task" in headers:
        return death
    return _read_again(delivery, death)


def _read_again(delivery: Delivery, death: Death) -> Death:
    try:
        events = read(delivery)
    except CameTooLate as error:
        late = _decoded(delivery)[0]
        return replace(death, reason=EXPIRED, error=str(error), type=late.type, correlation_id=late.correlationid)
    except Refused as error:
        return replace(death, reason=UNREADABLE, error=str(error), error_class=type(error).__name__)
    first = events[0]
    error_text = str(CameTooLate()) if death.reason == EXPIRED else death.error
    return replace(death, type=first.type, correlation_id=first.correlationid, error=error_text)


def _late_arrival(delivery: Delivery, subscription: Subscription, *, queue: str) -> Arrival:
    assert subscription.expired is not None
    return replace(arrival(delivery, _decoded(delivery), handler=name_of(subscription.expired)), queue=queue)


def _decoded(delivery: Delivery) -> list[Envelope[Any]]:
    encoding = delivery.properties.get("content_encoding")
    return codec.decode(delivery.body, content_type=delivery.content_type, content_encoding=encoding)


def _unpacked(delivery: Delivery) -> bytes:
    """Return the body as text where it can be had: what is kept unpacked can be read, and replayed."""
    try:
        return codec.plain(delivery.body, content_encoding=delivery.properties.get("content_encoding"))
    except Refused:
        return delivery.body


def _text(values: Mapping[str, Any], *names: str, longest: int = 128) -> str:
    """Return the first of these values that says anything, fit for a column; strangers may have written it."""
    found = next((values[name] for name in names if values.get(name)), "")
    return str(_plain(found))[:longest]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return value if isinstance(value, int) or value is None else str(value)
