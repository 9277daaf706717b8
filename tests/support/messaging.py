"""The messaging kernel put together for tests: deeds of a pretended context, intakes and relays."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings as configured
from django.db import connections, transaction

from apps.kernel.bus import topology
from apps.kernel.bus.dead_letter_intake import DeadLetterIntake
from apps.kernel.bus.intake import Dispatch, Intake
from apps.kernel.bus.publisher import Publisher
from apps.kernel.events import codec
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.arrivals import Arrival, store
from apps.kernel.inbox.handling import handle
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.inbox.subscriptions import Handler, Subscription, name_of
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import record
from apps.kernel.outbox.relay import Relay
from tests.support.broker import Broker
from workers.encoding import encode_request

TRADING = "trading"
QUIET_SECONDS = 0.4
DATABASE_OF: dict[str, str] = configured.TREUM_DATABASE_OF


def deed(name: str, does: Callable[[Sequence[Envelope[Any]]], None], *, context: str = TRADING) -> Handler:
    """Return a handler of a context, as if it stood in `apps/<context>/handlers.py`."""

    def handler(events: Sequence[Envelope[Any]]) -> None:
        does(events)

    handler.__name__ = name
    handler.__module__ = f"apps.{context}.handlers"
    return handler


class Witness:
    """A handler that remembers what it was given."""

    def __init__(self, name: str = "remember", *, context: str = TRADING) -> None:
        self.seen: list[Envelope[Any]] = []
        self.handler = deed(name, self.seen.extend, context=context)


class Dispatched:
    """A dispatcher that remembers what it was asked for, and can be told to fail."""

    def __init__(self) -> None:
        self.all: list[Dispatch] = []
        self.failure: Exception | None = None

    def __call__(self, dispatches: Sequence[Dispatch]) -> None:
        if self.failure is not None:
            raise self.failure
        self.all += dispatches

    @property
    def ids(self) -> list[int]:
        """The inbox rows asked for, in order."""
        return [row for dispatch in self.all for row in dispatch.ids]

    def run(self, *handlers: Handler) -> int:
        """Do what was asked for, as the workers would; return how many messages were handled."""
        by_name = {name_of(handler): handler for handler in handlers}
        asked, self.all = self.all, []
        contexts = [(by_name[one.handler], one.ids, DATABASE_OF[one.handler.partition(".")[0]]) for one in asked]
        return sum(handle(handler, ids, using=using) for handler, ids, using in contexts)


def intake_of(
    broker: Broker, *subscriptions: Subscription, dispatch: Callable[[Sequence[Dispatch]], None], context: str = TRADING
) -> Intake:
    """Return the intake of a context on the tests' broker."""
    return Intake(
        context=context,
        using=DATABASE_OF[context],
        subscriptions=subscriptions,
        connect=lambda queues: broker.consumer(*queues),
        dispatch=dispatch,
    )


def take_in_all(intake: Intake | DeadLetterIntake, broker: Broker, *queues: str) -> int:
    """Let an intake take everything from queues, until they are quiet; return how many messages that were."""
    consumer, taken, heard_at = broker.consumer(*queues), 0, time.monotonic()
    try:
        while time.monotonic() - heard_at < QUIET_SECONDS:
            if batch := consumer.next_batch():
                intake.take_in(batch, consumer)
                taken, heard_at = taken + len(batch), time.monotonic()
    finally:
        consumer.close()
    return taken


def dead_letter_intake(
    *subscriptions: Subscription, broker: Broker, dispatch: Callable[[Sequence[Dispatch]], None]
) -> DeadLetterIntake:
    """Return the intake of dead letters on the tests' broker."""
    return DeadLetterIntake(
        queues=[topology.UNROUTED],
        subscriptions=subscriptions,
        database_of=DATABASE_OF,
        connect=lambda queues: broker.consumer(*queues),
        dispatch=dispatch,
    )


def relay_of(broker: Broker, *aliases: str, **options: Any) -> Relay:
    """Return a relay of outboxes to the tests' broker."""
    chosen: dict[str, Any] = {"batch": 500, "lease_seconds": 15, "poll_seconds": 1.0, **options}
    publisher = chosen.pop("publisher", None) or Publisher(broker.url)
    return Relay(aliases or (TRADING,), publisher=publisher, encode_task=encode_request, **chosen)


def relay_all(broker: Broker, *aliases: str) -> int:
    """Relay what is recorded now and return how many messages that were."""
    relay = relay_of(broker, *aliases)
    moved = relay.relay_once()
    relay.close()
    return moved


def recorded(*events: Any, using: str = TRADING, **options: Any) -> None:
    """Record events in a transaction of their own."""
    with transaction.atomic(using=using):
        record(*events, using=using, **options)


def outbox(using: str = TRADING, **conditions: Any) -> list[OutboxMessage]:
    """Return outbox rows, oldest first."""
    return list(OutboxMessage.objects.using(using).filter(**conditions).order_by("id"))


def inbox(using: str = TRADING, **conditions: Any) -> list[InboxMessage]:
    """Return inbox rows, oldest first."""
    return list(InboxMessage.objects.using(using).filter(**conditions).order_by("id"))


def arrived(
    *envelopes: Envelope[Any], handler: Handler, queue: str = "trading.events", using: str = TRADING
) -> list[int]:
    """Put single-event messages into the inbox for a handler and return the ids of their rows."""
    arrivals = [
        Arrival(
            handler=name_of(handler),
            message_id=str(envelope.id),
            queue=queue,
            event_type=envelope.type,
            event_count=1,
            content_type=codec.EVENT_CONTENT_TYPE,
            body=codec.encode(envelope).decode(),
            correlation_id=envelope.correlationid,
        )
        for envelope in envelopes
    ]
    return sorted(row.id for row in store(arrivals, using=using))


def age(rows: Sequence[InboxMessage], *, seconds: int, using: str = TRADING) -> None:
    """Make inbox rows look as if they had waited longer."""
    with connections[using].cursor() as cursor:
        statement = (
            "UPDATE inbox_message SET dispatch_after = dispatch_after - make_interval(secs => %s) WHERE id = ANY(%s)"
        )
        cursor.execute(statement, [seconds, [row.pk for row in rows]])


def in_story(envelope: Envelope[Any], correlation_id: str) -> Envelope[Any]:
    """Return an envelope moved to another story."""
    return replace(envelope, correlationid=correlation_id)
