"""The envelope around an event on the wire: CloudEvents 1.0 JSON, with the extensions that docs/events.md lists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from apps.kernel.clock import now
from apps.kernel.events.base import Event, in_utc
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing

E = TypeVar("E", bound=Event)

SPECVERSION = "1.0"
SOURCE_PREFIX = "/treum/"
SCHEMA_PREFIX = "urn:treum:event:"


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E]):
    """One event with its CloudEvents attributes; the attribute names are those of the wire."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    correlationid: str
    causationid: str | None
    partitionkey: str
    sequence: str | None
    expirytime: datetime | None
    traceparent: str | None
    actor: str
    data: E

    def trace(self) -> tracing.Trace:
        """Return the trace of whatever is done because of this event."""
        return tracing.Trace(
            correlation_id=self.correlationid,
            causation_id=str(self.id),
            traceparent=tracing.child_traceparent(self.traceparent),
            actor=self.actor,
        )


def seal(event: E, *, trace: tracing.Trace, expires_at: datetime | None = None) -> Envelope[E]:
    """Put an event into a new envelope that continues `trace`. `expires_at` is wall time, with its zone."""
    sequence = event.sequence_number()
    return Envelope(
        id=uuid7(),
        source=SOURCE_PREFIX + event.owner,
        type=event.event_type,
        subject=event.subject(),
        time=now(),
        dataschema=f"{SCHEMA_PREFIX}{event.event_type}:{event.version}",
        correlationid=trace.correlation_id,
        causationid=trace.causation_id,
        partitionkey=event.partition_key(),
        sequence=None if sequence is None else str(sequence),
        expirytime=None if expires_at is None else in_utc(expires_at),
        traceparent=trace.traceparent,
        actor=trace.actor,
        data=event,
    )
