"""Tell people of their plan when it is another one than they were last told of, and only then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connections, transaction
from pydantic_core import to_json

from apps.contracts.events.users import UserSubscriptionChanged
from apps.notifications.apps import DATABASE
from apps.notifications.models import ToldPlan
from apps.notifications.money_wording import of_standing
from apps.notifications.services.telling import WAIT_FOR_ERASURES, tell
from apps.notifications.wording import Notice

_BEGIN = """
INSERT INTO notifications_told_plan (user_id, version, plan)
SELECT heard.user_id, 0, ''
FROM unnest(%s::uuid[]) AS heard (user_id)
WHERE NOT EXISTS (SELECT FROM notifications_erased_person AS erased WHERE erased.user_id = heard.user_id)
ORDER BY heard.user_id
ON CONFLICT (user_id) DO NOTHING
"""
_REMEMBER = """
UPDATE notifications_told_plan AS told
SET version = heard.version, plan = heard.plan
FROM json_to_recordset(%s::json) AS heard (user_id uuid, version int, plan text)
WHERE told.user_id = heard.user_id
"""


@dataclass(frozen=True, slots=True)
class StandingHeard:
    """How a person stands, and the story that it belongs to."""

    standing: UserSubscriptionChanged
    correlation_id: str


def tell_of_plans(heard: Sequence[StandingHeard]) -> None:
    """Tell people whose plan is another one than they know of. Of several standings of a person the newest counts.

    What is late or comes again is told to nobody. A person's row is locked while it is decided, in ascending order.
    """
    by_version = sorted(heard, key=lambda one: one.standing.standing_version)
    newest = {one.standing.user_id: one for one in by_version}
    with transaction.atomic(using=DATABASE):
        newer = [(row, newest[row.user_id]) for row in _locked(newest) if _is_newer(newest[row.user_id], row)]
        notices = [told for row, one in newer if (told := _notice(row, one)) is not None]
        _remember(newer)
        if notices:
            tell(notices)


def _locked(user_ids: Collection[object]) -> list[ToldPlan]:
    people = sorted(str(user_id) for user_id in user_ids)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(WAIT_FOR_ERASURES)
        cursor.execute(_BEGIN, [people])
    return list(ToldPlan.objects.filter(pk__in=people).order_by("pk").select_for_update())


def _is_newer(one: StandingHeard, row: ToldPlan) -> bool:
    return one.standing.standing_version > row.version


def _notice(row: ToldPlan, one: StandingHeard) -> tuple[Notice, str] | None:
    notice = of_standing(one.standing, before=row.plan)
    return None if notice is None else (notice, one.correlation_id)


def _remember(newer: Sequence[tuple[ToldPlan, StandingHeard]]) -> None:
    rows = [
        {"user_id": row.user_id, "version": one.standing.standing_version, "plan": one.standing.plan}
        for row, one in newer
    ]
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_REMEMBER, [to_json(rows).decode()])
