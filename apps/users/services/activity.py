"""Remember what people did, and forget it when it is long ago."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import connections, transaction
from pydantic_core import to_json

from apps.kernel.clock import now
from apps.kernel.retention import delete_stepwise
from apps.users.apps import DATABASE
from apps.users.models import Activity
from apps.users.rules.deeds import Deed

_REMEMBER = """
INSERT INTO users_activity (user_id, kind, source_id, summary, at)
SELECT person.id, told.kind, told.source_id, told.summary, told.at
FROM json_to_recordset(%s::json) AS told (user_id uuid, kind text, source_id text, summary text, at timestamptz)
JOIN users_user AS person ON person.id = told.user_id AND person.erased_at IS NULL
ORDER BY told.at, told.source_id
FOR SHARE OF person
ON CONFLICT (kind, source_id) DO NOTHING
"""
"""The lock lets an erasure that has begun end first, so that nothing is remembered of whoever is gone."""


def remember_deeds(deeds: Sequence[Deed]) -> int:
    """Remember deeds of people we know, in one INSERT, and return how many were new."""
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_REMEMBER, [to_json([asdict(deed) for deed in deeds]).decode()])
        return int(cursor.rowcount)


def prune_activity() -> int:
    """Forget what is older than TREUM_ACTIVITY_KEEP_DAYS, in bounded steps, and return how much that was."""
    before = now() - timedelta(days=settings.TREUM_ACTIVITY_KEEP_DAYS)
    return delete_stepwise(Activity.objects.filter(at__lt=before))
