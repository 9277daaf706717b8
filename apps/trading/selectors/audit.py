"""The auditor of trading: books recomputed from what they were made of."""

from django.db import connections

from apps.kernel.ledger import verify
from apps.trading.apps import DATABASE
from apps.trading.models import Account

_FROM_FILLS = """
    WITH traded AS (
        SELECT orders.account_id,
               sum(CASE orders.side WHEN 'buy' THEN -fill.notional ELSE fill.notional END - fill.fee) AS cash,
               sum(CASE orders.side WHEN 'buy' THEN fill.cost ELSE fill.realized_pl - fill.cost END) AS at_cost,
               sum(fill.realized_pl) AS realised
        FROM trading_fill AS fill JOIN trading_order AS orders ON orders.client_order_id = fill.order_id
        GROUP BY orders.account_id
    ),
    deposited AS (
        SELECT entry.account_id, sum(entry.amount) AS amount
        FROM ledger_ledgerentry AS entry
        JOIN ledger_ledgertransaction AS made ON made.id = entry.transaction_id
        WHERE made.kind IN ('deposit', 'reversal')
        GROUP BY entry.account_id
    ),
    positioned AS (
        SELECT entry.account_id, sum(entry.amount) AS amount
        FROM ledger_ledgerentry AS entry
        JOIN trading_account AS account ON account.positions_ledger_id = entry.account_id
        GROUP BY entry.account_id
    ),
    realised AS (
        SELECT entry.account_id, sum(entry.amount) AS amount
        FROM ledger_ledgerentry AS entry
        JOIN trading_account AS account ON account.realised_ledger_id = entry.account_id
        GROUP BY entry.account_id
    ),
    valued AS (
        SELECT follow.account_id, sum(position.cost_basis) AS amount
        FROM trading_position AS position JOIN trading_follow AS follow ON follow.id = position.follow_id
        GROUP BY follow.account_id
    )
    SELECT account.id
    FROM trading_account AS account
    LEFT JOIN ledger_ledgerbalance AS cached ON cached.account_id = account.cash_ledger_id
    LEFT JOIN traded ON traded.account_id = account.id
    LEFT JOIN deposited ON deposited.account_id = account.cash_ledger_id
    LEFT JOIN positioned ON positioned.account_id = account.positions_ledger_id
    LEFT JOIN realised ON realised.account_id = account.realised_ledger_id
    LEFT JOIN valued ON valued.account_id = account.id
    WHERE cached.balance IS DISTINCT FROM coalesce(deposited.amount, 0) + coalesce(traded.cash, 0)
       OR coalesce(positioned.amount, 0) <> coalesce(traded.at_cost, 0)
       OR coalesce(positioned.amount, 0) <> coalesce(valued.amount, 0)
       OR coalesce(realised.amount, 0) <> -coalesce(traded.realised, 0)
"""
_HELD = """
    SELECT follow.account_id
    FROM (
        SELECT orders.follow_id, orders.symbol, sum(CASE orders.side WHEN 'buy' THEN fill.qty ELSE -fill.qty END) AS qty
        FROM trading_fill AS fill JOIN trading_order AS orders ON orders.client_order_id = fill.order_id
        GROUP BY orders.follow_id, orders.symbol
    ) AS traded
    FULL JOIN trading_position AS position USING (follow_id, symbol)
    JOIN trading_follow AS follow ON follow.id = follow_id
    WHERE coalesce(traded.qty, 0) <> coalesce(position.qty, 0)
"""
_FILLED = """
    SELECT orders.account_id
    FROM trading_order AS orders
    LEFT JOIN (
        SELECT order_id, sum(qty) AS qty, bool_or(notional <> round(qty * price, 8)) AS torn
        FROM trading_fill GROUP BY order_id
    ) AS filled ON filled.order_id = orders.client_order_id
    WHERE orders.filled_qty <> coalesce(filled.qty, 0) OR filled.torn
"""


def mismatched_accounts() -> set[int]:
    """Return the accounts whose cash or positions are not what entries, holds, deposits, fills and orders add up to."""
    ledger_ids = verify.mismatched_accounts(using=DATABASE)
    wrong = set(Account.objects.filter(cash_ledger__in=ledger_ids).values_list("pk", flat=True))
    with connections[DATABASE].cursor() as cursor:
        for query in (_FROM_FILLS, _HELD, _FILLED):
            cursor.execute(query)
            wrong |= {account_id for (account_id,) in cursor.fetchall()}
    return wrong


def balance_mismatches() -> int:
    """Count the accounts whose books do not add up; zero is the only good answer."""
    return len(mismatched_accounts())
