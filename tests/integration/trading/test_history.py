"""The portfolio through time: each day's worth from the rows, seeded with what was paid in."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.trading import selectors, services
from apps.trading.enums import Sizing
from apps.trading.errors import UnknownAccount
from apps.trading.models import Follow, MarketBar
from tests.support.market import Market, new_strategy, open_account

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["trading"])]

DAY = timedelta(days=1)
ALL_IN = services.Terms(Sizing.ALL_IN)


@pytest.fixture
def strategy():
    return new_strategy()


@pytest.fixture
def market(strategy):
    return Market(f"T{strategy}-USDT", step=DAY)


def follow(strategy, *, cash="10000", terms=ALL_IN, **fields):
    account = open_account(cash, **fields)
    services.follow_strategies([services.NewFollow(account, terms)], strategy_id=strategy)
    return account


def days(account):
    return [(day.day, day.equity, day.cash, day.positions) for day in selectors.portfolio_history(account).days]


def equity_now(account):
    return selectors.accounts_with_equity().get(pk=account).equity


def test_each_day_is_marked_at_its_last_close(strategy, market):
    account = follow(strategy, terms=services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1000)))
    market.show(99, 100, 100)
    services.note_signals([market.signal(strategy, "buy")])
    market.show(100, 110, 120)
    services.note_signals([market.signal(strategy, "sell")])
    market.show(120, 130, None)

    assert days(account) == [
        (date(2021, 1, 1), 10_000, 10_000, 0),
        (date(2021, 1, 2), Decimal(10_099), 8_999, 1_100),
        (date(2021, 1, 3), Decimal("10197.8"), Decimal("10197.8"), 0),
    ]
    portfolio = selectors.portfolio_history(account)
    assert portfolio.starting_cash == 10_000
    assert portfolio.final_equity == equity_now(account) == Decimal("10197.8")


def test_a_fill_before_its_bar_has_closed_is_in_the_last_point(strategy, market):
    account = follow(strategy, terms=services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1000)))
    market.show(99, 100, 125)
    services.note_signals([market.signal(strategy, "buy")])

    assert days(account)[-1] == (date(2021, 1, 2), Decimal(9_799), 8_999, 800)
    assert selectors.portfolio_history(account).final_equity == equity_now(account)


def test_hours_of_one_day_are_one_point(strategy):
    market = Market(f"T{strategy}-USDT")
    account = follow(strategy)
    for hour in range(30):
        market.show(100 + hour, 101 + hour, 101 + hour)
        if hour == 4:
            services.note_signals([market.signal(strategy, "buy")])
    (first, *_), (second, equity, _, _) = days(account)
    assert (first, second) == (date(2021, 1, 1), date(2021, 1, 2))
    assert equity == equity_now(account)


def test_the_past_of_a_market_is_not_the_past_of_an_account(strategy, market):
    for _ in range(3):
        market.show(100, 100, 100)
    account = follow(strategy)
    long_ago = Follow.objects.get(account=account).created_at - timedelta(hours=1)
    MarketBar.objects.filter(symbol=market.symbol).update(noted_at=long_ago)
    services.note_signals([market.signal(strategy, "buy")])
    market.show(100, 100, 100)

    assert [day for day, *_ in days(account)] == [date(2021, 1, 3), date(2021, 1, 4)]


def test_cash_equals_the_ledger_and_the_last_point_equals_the_account(strategy, market):
    account = follow(strategy, cash="10000.12345678", slippage_bps=Decimal("3.3"))
    for turn, (side, price) in enumerate([("buy", 100), ("sell", 90), ("buy", 95), ("sell", 140), ("buy", 130)]):
        market.show(price, price, Decimal(price) + turn)
        services.note_signals([market.signal(strategy, side)])
    market.show(134, "133.37", None)
    portfolio = selectors.portfolio_history(account)
    shown = selectors.accounts_with_equity().get(pk=account)
    assert portfolio.days[-1].cash == shown.cash
    assert portfolio.final_equity == shown.equity
    figures = selectors.portfolio_statistics(portfolio)
    assert figures.round_trips == 2
    assert figures.fees == float(sum(fill.fee for fill in portfolio.fills))


def test_an_account_that_never_traded_is_worth_what_was_paid_in():
    account = open_account("250")
    services.deposit(account, amount=Decimal("0.5"))
    portfolio = selectors.portfolio_history(account)
    assert (list(portfolio.days), portfolio.final_equity) == ([], Decimal("250.5"))
    figures = selectors.portfolio_statistics(portfolio)
    assert (figures.total_return, figures.sharpe, figures.win_rate, figures.fees) == (0.0, None, None, 0.0)


def test_a_long_history_takes_no_more_statements_than_a_short_one(strategy, market):
    account = follow(strategy)
    market.show(100, 100, 100)
    services.note_signals([market.signal(strategy, "buy")])
    with CaptureQueriesContext(connections["trading"]) as short:
        selectors.portfolio_history(account)
    for _ in range(40):
        market.show(100, 100, 100)
    with CaptureQueriesContext(connections["trading"]) as long:
        portfolio = selectors.portfolio_history(account)
    assert len(portfolio.days) == 41
    assert len(short) == len(long) == 4


def test_the_account_must_exist():
    with pytest.raises(UnknownAccount, match="no trading account 0"):
        selectors.portfolio_history(0)
