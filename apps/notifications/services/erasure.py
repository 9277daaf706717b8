"""Delete what people were told when they are erased, and tell them nothing more."""

from collections.abc import Collection
from uuid import UUID

from django.db import connections, transaction
from redis.exceptions import RedisError

from apps.kernel.outbox.recorder import request
from apps.kernel.persons import forget_person
from apps.kernel.redis_client import client
from apps.notifications import streams
from apps.notifications.apps import DATABASE
from apps.notifications.errors import LivePushUnavailable
from apps.notifications.models import ErasedPerson, Notification, ToldPlan

CLOSE_STREAMS_TASK = "notifications.close_streams"
ONCE_MORE_AFTER_SECONDS = 60

_WAIT_FOR_TELLERS = "SELECT pg_advisory_xact_lock(hashtext('notifications_erased_person'), 0)"
"""Whoever tells holds this lock shared: what they began before is seen and deleted, what they begin later sees us."""


def erase_people(user_ids: Collection[UUID]) -> None:
    """Erase people here: what they were told goes, and nothing is added. Harmless when repeated."""
    people = sorted(user_ids)
    with transaction.atomic(using=DATABASE):
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(_WAIT_FOR_TELLERS)
        ErasedPerson.objects.bulk_create([ErasedPerson(user_id=person) for person in people], ignore_conflicts=True)
        Notification.objects.filter(user_id__in=people).delete()
        ToldPlan.objects.filter(user_id__in=people).delete()
        for user_id in people:
            forget_person(user_id, using=DATABASE)
        names = [str(person) for person in people]
        request(CLOSE_STREAMS_TASK, names, using=DATABASE)
        # Once more for a push that was under way: it had read what it pushes before that was deleted.
        request(CLOSE_STREAMS_TASK, names, using=DATABASE, delay=ONCE_MORE_AFTER_SECONDS)


def close_streams(user_ids: Collection[str]) -> None:
    """Delete the live streams of people; open screens and unused tickets end with them. Raises LivePushUnavailable."""
    keys = [key for user_id in user_ids for key in (streams.listener_key_of(user_id), streams.key_of(user_id))]
    try:
        client().delete(*keys)
    except RedisError as error:
        raise LivePushUnavailable() from error
