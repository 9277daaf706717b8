"""What a plan limits: how many strategies a person follows at once, and whether accounts at a venue are theirs.

Of more follows than a plan brings the oldest count. The others take no entries (sql/decide.sql counts alike) until the
plan brings more or an older one ends; exits go on.
"""

from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet

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


def refuse_one_more_follow(user_id: UUID) -> None:
    """Raise TooManyFollows when a person follows as many strategies as they may.

    Until the transaction ends nobody else starts a follow of theirs.
    """
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [str(user_id)])
    _refuse_as_many(_going_on(user_id), user_id=user_id)


def refuse_resuming(follow_id: int) -> None:
    """Raise TooManyFollows when the follows that are older than this one are as many as their person may have."""
    follow = Follow.objects.filter(pk=follow_id).first()
    if follow is not None:
        _refuse_as_many(_going_on(follow.user_id).filter(pk__lt=follow_id), user_id=follow.user_id)


def refuse_without_live(user_id: UUID) -> None:
    """Raise NotInPlan when a person's plan brings no accounts at a venue."""
    if features_of(user_id, at=now()).get(LIVE) is not True:
        raise NotInPlan(what="A key of a venue", feature=LIVE)


def _going_on(user_id: UUID) -> QuerySet[Follow]:
    return Follow.objects.filter(user_id=user_id).exclude(state=FollowState.ENDED)


def _refuse_as_many(follows: QuerySet[Follow], *, user_id: UUID) -> None:
    features = features_of(user_id, at=now())
    limit = number_of(features, MAX_FOLLOWS, otherwise=settings.TREUM_TRADING_FREE_FOLLOWS)
    if follows.count() >= limit:
        raise TooManyFollows(limit=limit)
