"""Trading's copy of what people may do. It only ever moves to a newer standing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from apps.trading.apps import DATABASE

AUTO_EXECUTE = "trading.auto_execute"

_REMEMBER = """
    INSERT INTO trading_entitlement AS known (user_id, standing_version, features, auto_execute, valid_until)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::jsonb[], %s::boolean[], %s::timestamptz[]) ORDER BY 1
    ON CONFLICT (user_id) DO UPDATE SET
        standing_version = excluded.standing_version, features = excluded.features,
        auto_execute = excluded.auto_execute, valid_until = excluded.valid_until
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
    for standing in standings:
        known = newest.get(standing.user_id)
        if known is None or known.version < standing.version:
            newest[standing.user_id] = standing
    chosen = list(newest.values())
    columns: list[Any] = [
        [str(standing.user_id) for standing in chosen],
        [standing.version for standing in chosen],
        [json.dumps(dict(standing.features)) for standing in chosen],
        [standing.features.get(AUTO_EXECUTE) is True for standing in chosen],
        [standing.valid_until for standing in chosen],
    ]
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_REMEMBER, columns)
