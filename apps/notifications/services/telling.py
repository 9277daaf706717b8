"""Write down what people are told: one INSERT for any number of them, and one request to push it to open screens."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from django.db import connections, transaction
from pydantic_core import to_json

from apps.kernel.ids import uuid7
from apps.kernel.outbox.recorder import request
from apps.notifications.apps import DATABASE
from apps.notifications.enums import MAILED, Kind
from apps.notifications.models import LiveBatch, Notification
from apps.notifications.services.mailing import order_letters
from apps.notifications.wording import Notice

PUSH_TASK = "notifications.push"

_TELL = """
INSERT INTO notifications_notification
       (id, user_id, kind, subject_id, title, body, data, correlation_id, batch_id, created_at)
SELECT id, user_id, kind, subject_id, title, body, data, correlation_id, %s, clock_timestamp()
FROM json_to_recordset(%s::json) AS told
     (id uuid, user_id uuid, kind text, subject_id uuid, title text, body text, data json, correlation_id text)
WHERE NOT EXISTS (SELECT FROM notifications_erased_person AS erased WHERE erased.user_id = told.user_id)
ON CONFLICT (subject_id, kind) DO NOTHING
"""
WAIT_FOR_ERASURES = "SELECT pg_advisory_xact_lock_shared(hashtext('notifications_erased_person'), 0)"
"""Whoever is erased at this moment is known as erased afterwards."""


def tell(notices: Sequence[tuple[Notice, str]]) -> int:
    """Store notices, each with its correlation id, and ask for their live push and mails. Return how many were new.

    A subject that was told of before, in the same kind, is left as it is and not pushed again. People who were erased
    are told nothing.
    """
    ids = _ids(len(notices))
    batch = LiveBatch(first_id=ids[0], last_id=ids[-1])
    rows = [_row(row_id, notice, correlation_id) for row_id, (notice, correlation_id) in zip(ids, notices, strict=True)]
    with transaction.atomic(using=DATABASE):
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(WAIT_FOR_ERASURES)
            cursor.execute(_TELL, [str(batch.pk), to_json(rows).decode()])
            new: int = cursor.rowcount
        if new:
            batch.save(force_insert=True)
            request(PUSH_TASK, str(batch.pk), using=DATABASE)
            _order_letters(batch, {notice.kind for notice, _ in notices})
    return new


def _order_letters(batch: LiveBatch, kinds: AbstractSet[Kind]) -> None:
    if kinds.isdisjoint(MAILED):
        return
    told = Notification.objects.filter(pk__range=(batch.first_id, batch.last_id), batch_id=batch.pk, kind__in=MAILED)
    order_letters(list(told.order_by("pk").only("pk", "kind", "correlation_id")))


def _ids(count: int) -> list[UUID]:
    """Return ascending UUIDv7s that count up from a new one (RFC 9562 §6.2, method 2): together in every index."""
    first = uuid7().int
    return [UUID(int=first + offset) for offset in range(count)]


def _row(row_id: UUID, notice: Notice, correlation_id: str) -> dict[str, object]:
    return {
        "id": row_id,
        "user_id": notice.user_id,
        "kind": notice.kind.value,
        "subject_id": notice.subject_id,
        "title": notice.title,
        "body": notice.body,
        "data": notice.data,
        "correlation_id": correlation_id,
    }
