"""Limits hold when everything is asked for at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.kernel.ledger.models import LedgerAccount, LedgerBalance
from apps.trading import services
from apps.trading.enums import Sizing
from apps.trading.errors import TooManyAccounts, TooManyFollows
from apps.trading.models import Account, Entitlement, Follow, FollowTerms, StrategyRoster
from tests.support.entitlements import may_trade
from tests.support.market import new_strategy
from tests.support.people import nobody

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

AT_ONCE = 8
TERMS = services.Terms(Sizing.ALL_IN)


@pytest.fixture
def user_id(messaging):
    """Somebody who may follow three strategies, and of whom nothing is left afterwards."""
    user_id = nobody()
    may_trade(user_id, plan="basic")
    yield user_id
    FollowTerms.objects.filter(follow__user_id=user_id).delete()
    Follow.objects.filter(user_id=user_id).delete()
    owners = [f"account/{pk}" for pk in Account.objects.filter(user_id=user_id).values_list("pk", flat=True)]
    Account.objects.filter(user_id=user_id).delete()
    books = LedgerAccount.objects.using("trading").filter(owner__in=owners)
    LedgerBalance.objects.using("trading").filter(account__in=books).delete()
    books.delete()
    Entitlement.objects.filter(pk=user_id).delete()


def at_once(do, refused):
    """Do something for each number at once; return how often it was done, for it is refused otherwise."""

    def attempt(number):
        try:
            do(number)
        except refused:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(attempt, range(AT_ONCE)))


def test_of_many_follows_as_many_are_started_as_the_plan_brings(user_id):
    (account,) = services.open_accounts([services.NewAccount(user_id, "Paper", "USDT")])
    strategies = [new_strategy() for _ in range(AT_ONCE)]
    services.ensure_rosters({strategy: f"rule_{strategy}" for strategy in strategies})

    def start(number):
        new = services.NewFollow(account, TERMS)
        services.follow_strategy(new, user_id=user_id, strategy_id=strategies[number])

    assert at_once(start, TooManyFollows) == 3
    assert Follow.objects.filter(user_id=user_id).count() == 3
    FollowTerms.objects.filter(follow__user_id=user_id).delete()
    Follow.objects.filter(user_id=user_id).delete()
    StrategyRoster.objects.filter(pk__in=strategies).delete()


def test_of_many_accounts_as_many_are_opened_as_there_may_be(user_id, settings):
    settings.TREUM_TRADING_PAPER_CASH, settings.TREUM_TRADING_PAPER_ACCOUNTS = 0, 3

    def open_one(number):
        services.open_paper_account(user_id, name=f"No. {number}", currency="USDT")

    assert at_once(open_one, TooManyAccounts) == 3
    assert Account.objects.filter(user_id=user_id).count() == 3
