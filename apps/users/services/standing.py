"""Change how people stand, and tell every context that keeps a copy of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connections, transaction

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.outbox.recorder import record_batches
from apps.users.apps import DATABASE
from apps.users.enums import StandingStatus

USERS_PER_STATEMENT = 5_000

Features = Mapping[str, str | int | bool]

_CHANGE = """
INSERT INTO users_standing AS standing (user_id, version, plan, status, features, valid_until, changed_at)
SELECT person.id, 1, %(plan)s, %(status)s, %(features)s::jsonb, %(valid_until)s, clock_timestamp()
FROM users_user AS person
WHERE person.id = ANY(%(user_ids)s::uuid[]) AND person.erased_at IS NULL
ORDER BY person.id
ON CONFLICT (user_id) DO UPDATE
SET version = standing.version + 1,
    plan = excluded.plan,
    status = excluded.status,
    features = excluded.features,
    valid_until = excluded.valid_until,
    changed_at = excluded.changed_at
WHERE (standing.plan, standing.status, standing.features, standing.valid_until)
      IS DISTINCT FROM (excluded.plan, excluded.status, excluded.features, excluded.valid_until)
RETURNING standing.user_id, standing.version
"""


def change_standing(
    user_ids: Iterable[UUID],
    *,
    plan: str,
    features: Features,
    status: StandingStatus = StandingStatus.ACTIVE,
    valid_until: datetime | None = None,
) -> int:
    """Give people a plan with its features and record `user.subscription.changed` for each whose standing changed.

    `features` is the whole of what they may use from now on. Return how many changed: a second call with the same
    values changes and records nothing. Rows are locked in ascending order of user id.
    """
    people = sorted(set(user_ids))
    values: dict[str, str | datetime | None] = {
        "plan": plan,
        "status": StandingStatus(status).value,
        "features": json.dumps(dict(features)),
        "valid_until": valid_until,
    }
    changed = 0
    with transaction.atomic(using=DATABASE):
        for start in range(0, len(people), USERS_PER_STATEMENT):
            versions = _change(people[start : start + USERS_PER_STATEMENT], values)
            changed += len(versions)
            events = [
                UserSubscriptionChanged(
                    user_id=user_id,
                    standing_version=version,
                    plan=plan,
                    status=StandingStatus(status).value,
                    features=dict(features),
                    valid_until=valid_until,
                )
                for user_id, version in versions
            ]
            record_batches(events, using=DATABASE)
    return changed


def _change(people: Sequence[UUID], values: Mapping[str, str | datetime | None]) -> list[tuple[UUID, int]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_CHANGE, {**values, "user_ids": [str(person) for person in people]})
        return list(cursor.fetchall())
