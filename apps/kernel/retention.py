"""Delete history of messages and answers that has outlived its use, in bounded steps."""

from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet

from apps.kernel.clock import now
from apps.kernel.idempotency.models import KEPT_FOR, KeptAnswer
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.periodic.models import PeriodicRun

STEP = 10_000


def prune(*, using: str, days: int) -> int:
    """Delete what is history in one database, and return how many rows that were.

    Published outbox rows, finished inbox rows and taken periodic runs are after `days`, kept answers after a day.
    """
    before = now() - timedelta(days=days)
    old: list[QuerySet[Model]] = [
        OutboxMessage.objects.using(using).filter(published_at__lt=before),
        InboxMessage.objects.using(using).filter(status=InboxMessage.Status.DONE, finished_at__lt=before),
        KeptAnswer.objects.using(using).filter(created_at__lt=now() - KEPT_FOR),
    ]
    if using == DEFAULT_DB_ALIAS:
        old.append(PeriodicRun.objects.filter(taken_at__lt=before))
    return sum(delete_stepwise(rows) for rows in old)


def delete_stepwise(rows: QuerySet[Any]) -> int:
    """Delete rows in steps of bounded length, a transaction each, and return how many there were."""
    deleted = 0
    while step := rows.filter(pk__in=rows.order_by("pk").values("pk")[:STEP])._raw_delete(rows.db):
        deleted += step
        if step < STEP:
            break
    return deleted
