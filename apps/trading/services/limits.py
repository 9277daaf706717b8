"""How many strategies a person follows at once: as many as their plan brings, the oldest first.

Follows beyond that take no entries, until the plan brings more or another follow ends; exits go on.
"""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db import connections

from apps.kernel.clock import now
from apps.kernel.features import NotInPlan
from apps.trading.apps import DATABASE
from apps.trading.enums import FollowState
from apps.trading.errors import TooManyFollows
from apps.trading.models import Follow
from apps.trading.selectors.entitlements import features_of, number_of

MAX_FOLLOWS = "trading.max_follows"
LIVE = "trading.live"

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('trading_follows_of'), hashtext(%s))"
_RANK = """
    WITH ranked AS (
        SELECT follow.id,
               row_number() OVER (PARTITION BY follow.user_id ORDER BY follow.id) > CASE
                   WHEN jsonb_typeof(entitlement.features -> 'trading.max_follows') = 'number'
                   THEN (entitlement.features ->> 'trading.max_follows')::numeric ELSE %(fewest)s END AS beyond
        FROM trading_follow AS follow
        LEFT JOIN trading_entitlement AS entitlement USING (user_id)
        WHERE follow.user_id = ANY(%(people)s::uuid[]) AND follow.state <> 'ended'
    )
    UPDATE trading_follow AS follow SET beyond_limit = ranked.beyond
    FROM ranked WHERE ranked.id = follow.id AND follow.beyond_limit <> ranked.beyond
"""


def refuse_one_more_follow(user_id: UUID) -> None:
    """Raise TooManyFollows when a person follows as many strategies as they may.

    Until the transaction ends nobody else starts a follow of theirs.
    """
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [str(user_id)])
    features = features_of(user_id, at=now())
    limit = number_of(features, MAX_FOLLOWS, otherwise=settings.TREUM_TRADING_FREE_FOLLOWS)
    if Follow.objects.filter(user_id=user_id).exclude(state=FollowState.ENDED).count() >= limit:
        raise TooManyFollows(limit=limit)


def refuse_without_live(user_id: UUID) -> None:
    """Raise NotInPlan when a person's plan brings no accounts at a venue."""
    if features_of(user_id, at=now()).get(LIVE) is not True:
        raise NotInPlan(what="A key of a venue", feature=LIVE)


def rank_follows(user_ids: Collection[UUID]) -> None:
    """Note which follows of people are beyond what they may have, after a standing changed or a follow ended."""
    with connections[DATABASE].cursor() as cursor:
        people = [str(user_id) for user_id in user_ids]
        cursor.execute(_RANK, {"people": people, "fewest": settings.TREUM_TRADING_FREE_FOLLOWS})
