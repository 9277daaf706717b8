"""The worth of an account through time, marked to the last close of each day, and the figures of it.

All deposits count as the starting balance: paper money is paid in at wall time, a replay trades in market time.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connections
from django.db.models import Sum

from apps.kernel.ledger.models import LedgerEntry
from apps.trading.apps import DATABASE
from apps.trading.errors import UnknownAccount
from apps.trading.models import Account, Fill
from apps.trading.rules import statistics
from apps.trading.rules.portfolio import PortfolioDay, PortfolioFill, mark_to_market, round_trip_results
from apps.trading.rules.statistics import RoundTrip, Statistics

_DAILY_CLOSES = """
    WITH followed AS (
        SELECT id, roster_id, created_at FROM trading_follow WHERE account_id = %(account)s
    ),
    traded AS (
        SELECT execution.symbol
        FROM trading_execution AS execution JOIN followed ON followed.roster_id = execution.roster_id
        WHERE %(until)s::timestamptz IS NULL OR execution.noted_at <= %(until)s
        UNION
        SELECT position.symbol
        FROM trading_position AS position JOIN followed ON followed.id = position.follow_id
    ),
    began AS (
        SELECT least(
            (SELECT min(bar_time) FROM trading_marketbar
             WHERE symbol IN (SELECT symbol FROM traded) AND noted_at >= (SELECT min(created_at) FROM followed)),
            (SELECT min(execution.bar_time)
             FROM followed
             JOIN trading_decision AS decision ON decision.follow_id = followed.id
             JOIN trading_execution AS execution ON execution.id = decision.execution_id
             WHERE %(until)s::timestamptz IS NULL OR execution.noted_at <= %(until)s
                OR decision.code = 'executed')) AS at
    )
    SELECT DISTINCT ON (symbol, day) symbol, (bar_time AT TIME ZONE 'UTC')::date AS day, close
    FROM trading_marketbar
    WHERE symbol IN (SELECT symbol FROM traded) AND bar_time >= (SELECT at FROM began)
    ORDER BY symbol, day, closed_at DESC
"""
"""The last close of each day since the account has followed anything: the market's past before that is not its own."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """An account's starting balance, its fills, and its worth on each day."""

    starting_cash: Decimal
    fills: Sequence[PortfolioFill]
    days: Sequence[PortfolioDay]

    @property
    def final_equity(self) -> Decimal:
        """The worth at the last close, or the starting balance when no day has passed."""
        return self.days[-1].equity if self.days else self.starting_cash

    def equity_series(self) -> list[Decimal]:
        """Return the daily worth, seeded with the starting balance."""
        return [self.starting_cash, *(day.equity for day in self.days)]


def portfolio_history(account_id: int, *, until: datetime | None = None) -> Portfolio:
    """Return the portfolio of an account through time. Raises UnknownAccount.

    Days of markets show that a strategy has spoken there: signals noted after `until` show by what was executed alone.
    """
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount(account_id=account_id)
    fills = _fills(account_id)
    starting_cash = _deposits(account)
    days = mark_to_market(fills, closes=_closes(account_id, until=until), starting_cash=starting_cash)
    return Portfolio(starting_cash, fills, days)


def portfolio_statistics(portfolio: Portfolio) -> Statistics:
    """Return the figures of a portfolio."""
    return statistics.summarise(
        [float(value) for value in portfolio.equity_series()],
        round_trips=[RoundTrip(float(result)) for result in round_trip_results(portfolio.fills)],
        days_invested=sum(day.positions > 0 for day in portfolio.days),
        traded_notional=float(sum(fill.notional for fill in portfolio.fills)),
        fees=float(sum(fill.fee for fill in portfolio.fills)),
        days_per_year=statistics.days_per_year([day.day for day in portfolio.days]),
    )


def _fills(account_id: int) -> list[PortfolioFill]:
    rows = Fill.objects.filter(order__account=account_id).order_by("executed_at", "batch_id", "order_id")
    fields = rows.values_list(
        "order__follow_id",
        "order__symbol",
        "order__side",
        "qty",
        "notional",
        "fee",
        "slippage",
        "realized_pl",
        "executed_at",
    )
    return [PortfolioFill(*row) for row in fields]


def _deposits(account: Account) -> Decimal:
    entries = LedgerEntry.objects.using(DATABASE).filter(
        account=account.cash_ledger_id, transaction__kind__in=("deposit", "reversal")
    )
    return entries.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def _closes(account_id: int, *, until: datetime | None) -> dict[date, dict[str, Decimal]]:
    closes: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_DAILY_CLOSES, {"account": account_id, "until": until})
        for symbol, day, close in cursor.fetchall():
            closes[day][symbol] = close
    return closes
