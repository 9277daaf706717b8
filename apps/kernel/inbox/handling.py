"""Handle inbox rows: effect and `done` in one transaction, and a bad event never takes its neighbours down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from django.db import connections, models, transaction
from django.db.models.functions import Now

from apps.kernel.errors import TreumError
from apps.kernel.events import codec
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.inbox.subscriptions import Handler, name_of
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import request
from apps.kernel.resilience import retry

log = structlog.get_logger(__name__)

SWEEP_GRACE_SECONDS = 60


_TAKE = """
    UPDATE inbox_message
       SET status = 'done', attempts = attempts + 1, finished_at = clock_timestamp()
     WHERE id = ANY(ARRAY(
               SELECT id FROM inbox_message
                WHERE id = ANY(%s) AND status = 'pending' AND handler = %s
                ORDER BY id FOR UPDATE SKIP LOCKED))
 RETURNING id, message_id, content_type, body, correlation_id
"""


@dataclass(frozen=True, slots=True, order=True)
class _Taken:
    """An inbox row that this transaction marks as done, unless its handler fails."""

    id: int
    message_id: str
    content_type: str
    body: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class _Failure:
    row: _Taken
    error: Exception


def handle(handler: Handler, ids: Sequence[int], *, using: str) -> int:
    """Run a handler over inbox rows and return how many messages were handled.

    Rows that are done, or in another worker's hands, are left alone. When the batch fails it is halved, by
    savepoints, until the guilty message stands alone; that one is retried later or dead-lettered, the others are
    done. Weather that spoils the whole transaction (a lost connection, a deadlock) is raised for the caller to retry.
    """
    with transaction.atomic(using=using):
        rows = _take(ids, handler=name_of(handler), using=using)
        failures = _run(handler, rows, using=using)
        for failure in failures:
            _postpone_or_bury(failure, using=using)
    return len(rows) - len(failures)


def _take(ids: Sequence[int], *, handler: str, using: str) -> list[_Taken]:
    with connections[using].cursor() as cursor:
        cursor.execute(_TAKE, [list(ids), handler])
        return sorted(_Taken(*row) for row in cursor.fetchall())


def _run(handler: Handler, rows: Sequence[_Taken], *, using: str) -> list[_Failure]:
    if not rows:
        return []
    try:
        with transaction.atomic(using=using):
            events = _events(rows)
            with tracing.bind(_story(rows, events)):
                handler(events)
        return []
    except Exception as error:
        if _spoils_everything(error, using=using):
            raise
        if len(rows) == 1:
            return [_Failure(rows[0], error)]
    middle = len(rows) // 2
    return _run(handler, rows[:middle], using=using) + _run(handler, rows[middle:], using=using)


def _events(rows: Sequence[_Taken]) -> list[Envelope[Any]]:
    return [event for row in rows for event in codec.decode(row.body, content_type=row.content_type)]


def _story(rows: Sequence[_Taken], events: Sequence[Envelope[Any]]) -> tracing.Trace:
    """Return the one story all rows belong to, caused by the first message, or a new one where there are several."""
    if any(row.correlation_id != rows[0].correlation_id for row in rows):
        return tracing.fresh()
    return replace(events[0].trace(), causation_id=rows[0].message_id)


def _spoils_everything(error: Exception, *, using: str) -> bool:
    weather = retry.classify(error).kind is retry.Class.TRANSIENT
    lost = connections[using].connection is None or connections[using].needs_rollback
    return weather and (lost or _is_database(error))


def _is_database(error: Exception) -> bool:
    return type(error).__module__.startswith(("django.db", "psycopg2"))


def _postpone_or_bury(failure: _Failure, *, using: str) -> None:
    row, disposition = InboxMessage.objects.using(using).get(pk=failure.row.id), retry.classify(failure.error)
    row.last_error = describe(failure.error)
    if disposition.allows(row.attempts):
        delay = disposition.delay(row.attempts)
        _postpone(row, delay, using=using)
        told = {"handler": row.handler, "message_id": row.message_id, "error": row.last_error}
        log.warning("inbox.postponed", delay=delay, **told)
    else:
        _bury(row, failure.error, using=using)
        log.error("inbox.failed", handler=row.handler, message_id=row.message_id, exc_info=failure.error)


def _postpone(row: InboxMessage, delay: int, *, using: str) -> None:
    row.status = InboxMessage.Status.PENDING
    row.finished_at = None
    row.dispatch_after = _seconds_from_now(delay + SWEEP_GRACE_SECONDS)
    row.save(using=using, update_fields=["status", "finished_at", "last_error", "dispatch_after"])
    story = tracing.Trace(row.correlation_id, row.message_id, tracing.new_traceparent())
    request(row.handler, [row.pk], using=using, delay=delay, trace=story)


def _bury(row: InboxMessage, error: Exception, *, using: str) -> None:
    row.status = InboxMessage.Status.FAILED
    row.save(using=using, update_fields=["last_error", "status"])
    OutboxMessage.objects.using(using).create(
        message_id=row.message_id,
        kind=OutboxMessage.Kind.DEAD_LETTER,
        name=row.queue,
        body=row.body,
        headers={
            "x-treum-handler": row.handler,
            "x-treum-content-type": row.content_type,
            "x-treum-type": row.event_type,
            "x-treum-error-class": type(error).__name__,
            "x-treum-error": row.last_error,
            "x-treum-attempts": row.attempts,
        },
        correlation_id=row.correlation_id,
        causation_id=row.message_id,
        actor=tracing.ANONYMOUS,
    )


def describe(error: BaseException) -> str:
    """Return an error as one line for people: its sentence if it has one, else its class and text."""
    text = str(error).replace("\0", "\ufffd").strip()[:2000]
    return text if isinstance(error, TreumError) else f"{type(error).__name__}: {text}"


def _seconds_from_now(seconds: int) -> models.Expression:
    return models.ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=models.DateTimeField())


def sweep(*, using: str, limit: int = 1000) -> int:
    """Ask anew for rows that nobody has handled within a minute of when they should have been; return how many."""
    with transaction.atomic(using=using):
        rows = list(
            InboxMessage.objects.using(using)
            .filter(status=InboxMessage.Status.PENDING, dispatch_after__lt=_seconds_from_now(-SWEEP_GRACE_SECONDS))
            .select_for_update(skip_locked=True)
            .order_by("id")[:limit]
        )
        for handler in sorted({row.handler for row in rows}):
            ids = [row.pk for row in rows if row.handler == handler]
            request(handler, ids, using=using)
        InboxMessage.objects.using(using).filter(id__in=[row.pk for row in rows]).update(dispatch_after=Now())
    if rows:
        log.warning("inbox.swept", database=using, messages=len(rows))
    return len(rows)
