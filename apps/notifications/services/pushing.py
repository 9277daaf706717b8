"""Bring notifications to open screens: an entry in the Redis Stream of each person who listens, a batch at a time.

Who has not opened a stream for as long as streams are kept gets no entries; they read by REST when they come.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connections, transaction
from django.db.models.functions import Now
from redis.exceptions import RedisError

from apps.kernel.outbox.recorder import request
from apps.kernel.redis_client import client
from apps.notifications import streams
from apps.notifications.apps import DATABASE
from apps.notifications.errors import LivePushUnavailable
from apps.notifications.models import LiveBatch
from apps.notifications.services.telling import PUSH_TASK

log = structlog.get_logger(__name__)

ENTRIES_PER_SCRIPT = 500
SWEEP_AFTER = timedelta(minutes=10)
KEEP_PUSHED = timedelta(days=1)

_ADD = """
if not redis.call('SET', KEYS[1], 1, 'NX', 'EX', 86400) then return 0 end
for i = 2, #KEYS do
    redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[1], '*', 'data', ARGV[i + 1])
    redis.call('EXPIRE', KEYS[i], ARGV[2])
end
return #KEYS - 1
"""
"""One atomic step with a marker of its own, so that a push repeated after a crash adds nothing twice."""

_PEOPLE = """
SELECT id, user_id
FROM notifications_notification
WHERE id > %s AND id <= %s AND batch_id = %s
ORDER BY id
LIMIT %s
"""

_PAYLOADS = """
SELECT user_id, json_build_object(
    'id', id, 'kind', kind, 'subject_id', subject_id, 'title', title, 'body', body, 'data', data,
    'correlation_id', correlation_id,
    'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
)::text
FROM notifications_notification
WHERE id = ANY(%s::uuid[])
ORDER BY id
"""

Page = Sequence[tuple[UUID, UUID]]
"""Ids of notifications with those of their people."""


def push(batch: UUID | str) -> int:
    """Push a batch to the streams of its people and return how many entries were added.

    Pushing it again adds nothing. Raises LivePushUnavailable while Redis is down; the batch then waits for a retry
    or for the sweeper.
    """
    waiting = LiveBatch.objects.filter(pk=batch, pushed_at=None).first()
    if waiting is None:
        return 0
    try:
        added = sum(_add(waiting, page) for page in _pages(waiting))
    except RedisError as error:
        raise LivePushUnavailable() from error
    LiveBatch.objects.filter(pk=waiting.pk).update(pushed_at=Now())
    return added


def sweep_live_batches(*, limit: int = 1000) -> int:
    """Ask again for batches that nobody has pushed in ten minutes, and forget those pushed a day ago."""
    with transaction.atomic(using=DATABASE):
        late = LiveBatch.objects.filter(pushed_at=None, asked_at__lt=Now() - SWEEP_AFTER)
        batches = list(late.select_for_update(skip_locked=True).order_by("asked_at")[:limit])
        for batch in batches:
            request(PUSH_TASK, str(batch.pk), using=DATABASE)
        LiveBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(asked_at=Now())
        LiveBatch.objects.filter(pushed_at__lt=Now() - KEEP_PUSHED).delete()
    if batches:
        log.warning("notifications.push_swept", batches=len(batches))
    return len(batches)


def _pages(batch: LiveBatch) -> Iterator[Page]:
    """Yield a batch in pages that come out the same each time, because its rows and their order never change."""
    after = UUID(int=batch.first_id.int - 1)
    with connections[DATABASE].cursor() as cursor:
        while True:
            cursor.execute(_PEOPLE, [str(after), str(batch.last_id), str(batch.pk), ENTRIES_PER_SCRIPT])
            page: Page = cursor.fetchall()
            if not page:
                return
            yield page
            after = page[-1][0]


def _add(batch: LiveBatch, page: Page) -> int:
    listening = streams.listeners([user_id for _, user_id in page])
    entries = _payloads([row_id for row_id, user_id in page if user_id in listening])
    if not entries:
        return 0
    marker = f"treum:pushed:{batch.pk}:{page[0][0]}"
    keys = [marker, *(streams.key_of(user_id) for user_id, _ in entries)]
    script = client().register_script(_ADD)
    limits = [settings.TREUM_NOTIFICATIONS_STREAM_LENGTH, streams.kept_seconds()]
    return int(script(keys=keys, args=[*limits, *(payload for _, payload in entries)]))


def _payloads(ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    if not ids:
        return []
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_PAYLOADS, [[str(row_id) for row_id in ids]])
        return list(cursor.fetchall())
