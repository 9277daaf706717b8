"""Change how people stand, and tell every context that keeps a copy of it.

Payments states what a subscription entitles to; seeds may give people a plan, which holds until payments states more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connections, transaction
from pydantic_core import to_json

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.outbox.recorder import record_batches
from apps.users.apps import DATABASE
from apps.users.enums import StandingStatus
from apps.users.models import Standing, User

log = structlog.get_logger(__name__)

USERS_PER_STATEMENT = 5_000

Features = Mapping[str, str | int | bool]

_CHANGE = """
WITH stated AS (
    SELECT *
    FROM json_to_recordset(%s::json)
         AS stated (user_id uuid, payments_version bigint, plan text, status text, features jsonb,
                    valid_until timestamptz, current_period_end timestamptz, cancel_at_period_end boolean)
), newer AS (
    SELECT stated.*, coalesce(standing.version, 0) AS version_before,
           (standing.plan, standing.status, standing.features, standing.valid_until, standing.current_period_end,
            standing.cancel_at_period_end)
           IS DISTINCT FROM (stated.plan, stated.status, stated.features, stated.valid_until,
                             stated.current_period_end, stated.cancel_at_period_end) AS differs
    FROM stated LEFT JOIN users_standing AS standing USING (user_id)
    WHERE coalesce(stated.payments_version > standing.payments_version, true)
          -- A checkout that was begun entitles to nothing yet, and takes nothing away that was given.
          AND NOT coalesce(
              standing.payments_version = 0 AND stated.status IN ('incomplete', 'incomplete_expired'), false)
), stored AS (
    INSERT INTO users_standing AS standing
           (user_id, version, payments_version, plan, status, features, valid_until, current_period_end,
            cancel_at_period_end, changed_at)
    SELECT user_id, version_before + differs::int, coalesce(payments_version, 0), plan, status, features, valid_until,
           current_period_end, cancel_at_period_end, clock_timestamp()
    FROM newer
    ON CONFLICT (user_id) DO UPDATE
    SET version = excluded.version,
        payments_version = greatest(standing.payments_version, excluded.payments_version),
        plan = excluded.plan,
        status = excluded.status,
        features = excluded.features,
        valid_until = excluded.valid_until,
        current_period_end = excluded.current_period_end,
        cancel_at_period_end = excluded.cancel_at_period_end,
        changed_at = CASE WHEN standing.version = excluded.version THEN standing.changed_at ELSE excluded.changed_at END
)
SELECT user_id, version_before + 1 FROM newer WHERE differs ORDER BY user_id
"""
"""Stores what is newer and returns whose standing is another one now. Whoever runs it has locked the people, so that
what it reads is what it overwrites."""


@dataclass(frozen=True, slots=True)
class StandingStated:
    """How a person stands from now on; `features` is the whole of what they may use.

    `payments_version` counts what payments stated about the person; None is a word of ours, which comes after all of
    that and before whatever payments states next.
    """

    user_id: UUID
    plan: str
    features: Features
    status: StandingStatus = StandingStatus.ACTIVE
    valid_until: datetime | None = None
    current_period_end: datetime | None = None
    cancel_at_period_end: bool = False
    payments_version: int | None = None


def change_standing(
    user_ids: Iterable[UUID],
    *,
    plan: str,
    features: Features,
    status: StandingStatus = StandingStatus.ACTIVE,
    valid_until: datetime | None = None,
) -> int:
    """Give people a plan with its features and record `user.subscription.changed` for each whose standing changed.

    This is for seeds: what payments states next takes its place. Return how many changed: a second call with the same
    values changes and records nothing.
    """
    people = sorted(set(user_ids))
    return _change(
        [StandingStated(user_id, plan, features, status=status, valid_until=valid_until) for user_id in people]
    )


def remember_standings(stated: Iterable[StandingStated]) -> int:
    """Remember what payments stated about people, and record `user.subscription.changed` where that is a change.

    For each person the newest version counts, and only if it is newer than the one that is known: late and doubled
    statements change nothing. Return how many people's standing changed.
    """
    newest: dict[UUID, StandingStated] = {}
    for one in sorted(stated, key=lambda one: one.payments_version or 0):
        newest[one.user_id] = one
    return _change([newest[user_id] for user_id in sorted(newest)])


def _change(stated: Sequence[StandingStated]) -> int:
    changed = 0
    with transaction.atomic(using=DATABASE):
        for start in range(0, len(stated), USERS_PER_STATEMENT):
            changed += _change_some({one.user_id: one for one in stated[start : start + USERS_PER_STATEMENT]})
    return changed


def _change_some(stated: Mapping[UUID, StandingStated]) -> int:
    living = _locked(stated)
    versions = _stored([stated[user_id] for user_id in living])
    record_batches([stated_as(stated[user_id], version) for user_id, version in versions], using=DATABASE)
    return len(versions)


def _locked(user_ids: Iterable[UUID]) -> list[UUID]:
    """Lock those people who are there and not erased, in ascending order, and return them."""
    people = User.objects.filter(pk__in=list(user_ids))
    living = people.filter(erased_at=None).order_by("pk").select_for_update(no_key=True)
    locked = list(living.values_list("pk", flat=True))
    left = set(user_ids) - set(locked)
    unknown = left - set(User.objects.filter(pk__in=left).values_list("pk", flat=True))
    if unknown:
        # Nobody can subscribe before they are here, so no retry would find them: one of us has lost rows.
        log.error("standing.of_nobody", people=sorted(str(user_id) for user_id in unknown))
    return locked


def _stored(stated: Sequence[StandingStated]) -> list[tuple[UUID, int]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_CHANGE, [to_json([asdict(one) for one in stated]).decode()])
        return list(cursor.fetchall())


def stated_as(stated: StandingStated | Standing, version: int) -> UserSubscriptionChanged:
    """Return the event that states how a person stands."""
    return UserSubscriptionChanged(
        user_id=stated.user_id,
        standing_version=version,
        plan=stated.plan,
        status=str(stated.status),
        features=dict(stated.features),
        valid_until=stated.valid_until,
        current_period_end=stated.current_period_end,
        cancel_at_period_end=stated.cancel_at_period_end,
    )
