"""Signals' copy of what people may see. It only ever moves to a newer standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from apps.signals.apps import DATABASE

REALTIME = "signals.realtime"
DELAY_MINUTES = "signals.delay_minutes"
TARGETS = "signals.targets"

_REMEMBER = """
    INSERT INTO signals_entitlement AS known (user_id, standing_version, realtime, delay_minutes, targets, valid_until)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::boolean[], %s::int[], %s::boolean[], %s::timestamptz[])
    ORDER BY 1
    ON CONFLICT (user_id) DO UPDATE SET
        standing_version = excluded.standing_version, realtime = excluded.realtime,
        delay_minutes = excluded.delay_minutes, targets = excluded.targets, valid_until = excluded.valid_until
    WHERE known.standing_version < excluded.standing_version
"""


@dataclass(frozen=True, slots=True)
class NewStanding:
    """What a person may use from `version` on, as the users context states it."""

    user_id: UUID
    version: int
    features: Mapping[str, str | int | bool]
    valid_until: datetime | None


def remember_standings(standings: Sequence[NewStanding]) -> None:
    """Keep the newest standing of each person; an older or repeated one changes nothing."""
    newest: dict[UUID, NewStanding] = {}
    for standing in sorted(standings, key=lambda one: one.version):
        newest[standing.user_id] = standing
    chosen = list(newest.values())
    columns: list[Any] = [
        [str(standing.user_id) for standing in chosen],
        [standing.version for standing in chosen],
        [standing.features.get(REALTIME) is True for standing in chosen],
        [_minutes(standing.features.get(DELAY_MINUTES)) for standing in chosen],
        [standing.features.get(TARGETS) is True for standing in chosen],
        [standing.valid_until for standing in chosen],
    ]
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_REMEMBER, columns)


def _minutes(value: object) -> int | None:
    """Return a delay as it was stated, or None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
