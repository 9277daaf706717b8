"""Who follows is told in the transaction of the follow: one event each, packed when there are many."""

from decimal import Decimal

import pytest

from apps.contracts.events.trading import FollowEnded, FollowStarted
from apps.kernel.events import codec
from apps.kernel.outbox.models import OutboxMessage
from apps.trading import services
from apps.trading.apps import DATABASE
from apps.trading.enums import Sizing
from apps.trading.errors import AlreadyFollowing
from apps.trading.errors import FollowEnded as HasEnded
from apps.trading.models import Account
from tests.support.market import new_strategy, open_account

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "trading"])]

TERMS = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(100))


def told():
    rows = OutboxMessage.objects.using(DATABASE).filter(name__startswith="follow.").order_by("id")
    kinds = {"event": codec.EVENT_CONTENT_TYPE, "event_batch": codec.BATCH_CONTENT_TYPE}
    return [event.data for row in rows for event in codec.decode(row.body, content_type=kinds[row.kind])]


@pytest.fixture
def strategy():
    strategy = new_strategy()
    services.ensure_rosters({strategy: "sma_cross_20_50"})
    return strategy


def test_following_and_ending_are_told_each_once(strategy):
    account = open_account()
    (follow_id,) = services.follow_strategies([services.NewFollow(account, TERMS)], strategy_id=strategy)
    services.pause_follow(follow_id)
    services.end_follow(follow_id)
    with pytest.raises(HasEnded):
        services.end_follow(follow_id)
    facts = {
        "follow_id": follow_id,
        "account_id": account,
        "user_id": Account.objects.get(pk=account).user_id,
        "strategy_id": strategy,
        "strategy": "sma_cross_20_50",
    }
    assert told() == [FollowStarted(**facts), FollowEnded(**facts)]


def test_a_follow_that_is_refused_is_not_told(strategy):
    one, other = open_account(), open_account()
    services.follow_strategies([services.NewFollow(one, TERMS)], strategy_id=strategy)
    with pytest.raises(AlreadyFollowing):
        services.follow_strategies(
            [services.NewFollow(account, TERMS) for account in (other, one)], strategy_id=strategy
        )
    assert [event.account_id for event in told()] == [one]


def test_many_follows_are_told_in_few_messages_in_their_order(strategy):
    accounts = [open_account() for _ in range(3)]
    ids = services.follow_strategies([services.NewFollow(account, TERMS) for account in accounts], strategy_id=strategy)
    assert [(event.follow_id, event.account_id) for event in told()] == list(zip(ids, accounts, strict=True))
    assert OutboxMessage.objects.using(DATABASE).filter(name="follow.started").count() == 1
