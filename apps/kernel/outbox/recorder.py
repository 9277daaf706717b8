"""Record, in the transaction of the change, the events that state it and the tasks that follow from it."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connections

from apps.kernel.events import codec
from apps.kernel.events.base import Event
from apps.kernel.events.envelope import Envelope, seal
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing
from apps.kernel.observability.trace import Trace
from apps.kernel.outbox.errors import MixedBatch, OutsideTransaction
from apps.kernel.outbox.models import OutboxMessage

BATCH_BYTES = 256 * 1024
BATCH_EVENTS = 250


def record(
    *events: Event,
    using: str,
    cause: Envelope[Any] | None = None,
    expires_at: datetime | None = None,
    trace: Trace | None = None,
) -> None:
    """Store events for publication, a message each, in one INSERT.

    `cause` is the envelope that led here; without it the events continue `trace` or the current trace. `expires_at`
    is the wall time after which nobody should act on them. Raises OutsideTransaction outside `atomic(using=using)`.
    """
    _refuse_outside_transaction(using)
    story = _story(cause, trace)
    envelopes = [seal(event, trace=story, expires_at=expires_at) for event in events]
    rows = [_row(OutboxMessage.Kind.EVENT, [envelope], codec.encode(envelope), story) for envelope in envelopes]
    OutboxMessage.objects.using(using).bulk_create(rows)


def record_batches(
    events: Sequence[Event],
    *,
    using: str,
    cause: Envelope[Any] | None = None,
    trace: Trace | None = None,
) -> None:
    """Store events of one type packed into as few messages as fit 250 events and 256 KB each.

    Raises MixedBatch for events of several types and OutsideTransaction outside `atomic(using=using)`.
    """
    _refuse_outside_transaction(using)
    types = {event.event_type for event in events}
    if len(types) > 1:
        raise MixedBatch(types=", ".join(sorted(types)))
    story = _story(cause, trace)
    envelopes = [seal(event, trace=story) for event in events]
    rows = [_row(OutboxMessage.Kind.EVENT_BATCH, part, body, story) for part, body in _packed(envelopes)]
    OutboxMessage.objects.using(using).bulk_create(rows)


def request(task: str, *args: Any, using: str, delay: int = 0, trace: Trace | None = None) -> None:
    """Ask for a task to be run after this transaction, `delay` whole seconds later at the earliest.

    `args` must be JSON-able. Raises OutsideTransaction outside `atomic(using=using)`.
    """
    _refuse_outside_transaction(using)
    story = trace or tracing.current()
    OutboxMessage.objects.using(using).create(
        message_id=uuid7(),
        kind=OutboxMessage.Kind.TASK,
        name=task,
        body=json.dumps(args),
        delay_seconds=delay,
        **_trace_fields(story),
    )


def _refuse_outside_transaction(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise OutsideTransaction(using=using)


def _story(cause: Envelope[Any] | None, trace: Trace | None) -> Trace:
    return cause.trace() if cause is not None else trace or tracing.current()


def _row(kind: str, envelopes: Sequence[Envelope[Any]], body: bytes, story: Trace) -> OutboxMessage:
    first = envelopes[0]
    return OutboxMessage(
        message_id=first.id if kind == OutboxMessage.Kind.EVENT else uuid7(),
        kind=kind,
        name=first.type,
        body=body.decode(),
        event_version=first.data.version,
        event_count=len(envelopes),
        partition_key=first.partitionkey,
        expires_at=first.expirytime,
        **_trace_fields(story),
    )


def _trace_fields(story: Trace) -> dict[str, Any]:
    return {
        "correlation_id": story.correlation_id,
        "causation_id": story.causation_id,
        "traceparent": story.traceparent,
        "actor": story.actor,
    }


def _packed(envelopes: Sequence[Envelope[Any]]) -> Iterator[tuple[Sequence[Envelope[Any]], bytes]]:
    for start in range(0, len(envelopes), BATCH_EVENTS):
        yield from _fitting(envelopes[start : start + BATCH_EVENTS])


def _fitting(part: Sequence[Envelope[Any]]) -> Iterator[tuple[Sequence[Envelope[Any]], bytes]]:
    body = codec.encode_batch(part)
    if len(body) <= BATCH_BYTES or len(part) == 1:
        yield part, body
        return
    middle = len(part) // 2
    yield from _fitting(part[:middle])
    yield from _fitting(part[middle:])
