"""What the fan-out is held against: plain set-based SQL without any rule, and one account at a time through the ORM.

Both write the same rows with the same foreign keys. The SQL copies what an execution of ours has written, under new
ids; it decides nothing, sizes nothing and locks nothing beforehand.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import connections, transaction
from django.db.models import F

from apps.contracts.events.trading import TradeExecuted
from apps.kernel.ids import uuid7
from apps.kernel.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerTransaction
from apps.kernel.outbox.recorder import record
from apps.trading.apps import DATABASE
from apps.trading.models import Account, Decision, Execution, Fill, Follow, Order, Position, SettlementBatch

_TEMPLATE = """
    DROP TABLE IF EXISTS raw_trade, raw_entry;
    CREATE UNLOGGED TABLE raw_trade AS
    SELECT follow.shard, orders.follow_id, orders.account_id, account.user_id, account.currency, orders.symbol,
           orders.side,
           orders.qty AS order_qty, orders.notional AS order_notional, gen_random_uuid() AS order_id,
           gen_random_uuid() AS fill_id, nextval('ledger_ledgertransaction_id_seq') AS transaction_id,
           fill.qty, fill.price, fill.notional, fill.fee, fill.slippage, fill.cost, fill.realized_pl, fill.executed_at,
           'fill/' || fill.fill_id AS old_key, account.cash_ledger_id
    FROM trading_order AS orders
    JOIN trading_fill AS fill ON fill.order_id = orders.client_order_id
    JOIN trading_follow AS follow ON follow.id = orders.follow_id
    JOIN trading_account AS account ON account.id = orders.account_id
    WHERE orders.execution_id = %(execution)s
    ORDER BY follow.shard, orders.follow_id;
    CREATE UNLOGGED TABLE raw_entry AS
    SELECT trade.shard, trade.transaction_id, entry.account_id, entry.currency, entry.amount
    FROM raw_trade AS trade
    JOIN ledger_ledgertransaction AS made ON made.idempotency_key = trade.old_key
    JOIN ledger_ledgerentry AS entry ON entry.transaction_id = made.id
    ORDER BY trade.shard, trade.transaction_id;
    CREATE INDEX ON raw_trade (shard);
    CREATE INDEX ON raw_entry (shard);
    ANALYZE raw_trade, raw_entry
"""
_RAW = (
    """INSERT INTO trading_decision (execution_id, follow_id, code)
       SELECT %(execution)s, follow_id, 'executed' FROM raw_trade WHERE shard = %(shard)s""",
    """INSERT INTO trading_order (client_order_id, account_id, execution_id, follow_id, symbol, side, qty, notional,
                                  filled_qty, filled_avg_price, status)
       SELECT order_id, account_id, %(execution)s, follow_id, symbol, side, order_qty, order_notional, qty, price,
              'filled'
       FROM raw_trade WHERE shard = %(shard)s""",
    """INSERT INTO trading_fill (order_id, number, fill_id, batch_id, qty, price, notional, fee, slippage, cost,
                                 realized_pl, executed_at)
       SELECT order_id, 1, fill_id, %(batch)s, qty, price, notional, fee, slippage, cost, realized_pl, executed_at
       FROM raw_trade WHERE shard = %(shard)s""",
    """INSERT INTO ledger_ledgertransaction (id, idempotency_key, kind, body_hash, occurred_at)
       SELECT transaction_id, 'fill/' || fill_id, 'fill', md5(fill_id::text), executed_at
       FROM raw_trade WHERE shard = %(shard)s""",
    """INSERT INTO ledger_ledgerentry (transaction_id, account_id, currency, amount)
       SELECT transaction_id, account_id, currency, amount FROM raw_entry WHERE shard = %(shard)s""",
    """UPDATE ledger_ledgerbalance AS cached
       SET balance = cached.balance - trade.fee
                     + CASE trade.side WHEN 'buy' THEN -trade.notional ELSE trade.notional END
       FROM raw_trade AS trade WHERE trade.shard = %(shard)s AND trade.cash_ledger_id = cached.account_id""",
    """INSERT INTO trading_position AS position (follow_id, symbol, qty, cost_basis, day, day_result)
       SELECT follow_id, symbol, CASE side WHEN 'buy' THEN qty ELSE 0 END, CASE side WHEN 'buy' THEN cost ELSE 0 END,
              executed_at::date, 0
       FROM raw_trade WHERE shard = %(shard)s
       ON CONFLICT (follow_id, symbol) DO UPDATE SET qty = excluded.qty, cost_basis = excluded.cost_basis""",
    """INSERT INTO outbox_message (message_id, kind, name, body, event_version, event_count, partition_key,
                                   correlation_id, actor)
       SELECT gen_random_uuid(), 'event_batch', 'trade.executed', json_agg(json_build_object(
                  'specversion', '1.0', 'id', gen_random_uuid(), 'source', '/treum/trading', 'type', 'trade.executed',
                  'subject', 'fill/' || fill_id, 'time', now(), 'datacontenttype', 'application/json',
                  'dataschema', 'urn:treum:event:trade.executed:1', 'correlationid', 'raw', 'causationid', 'raw',
                  'traceparent', 'raw', 'partitionkey', 'raw', 'actor', 'service:trading',
                  'data', json_build_object(
                      'fill_id', fill_id, 'order_id', order_id, 'account_id', account_id, 'follow_id', follow_id,
                      'user_id', user_id, 'signal_id', 'raw', 'strategy', 'raw', 'symbol', symbol, 'side', side,
                      'qty', qty::text, 'price', price::text, 'notional', notional::text, 'fee', fee::text,
                      'realized_pl', realized_pl::text, 'currency', currency, 'executed_at', executed_at,
                      'simulated', true)))::text, 1, count(*), 'raw', 'raw', 'service:trading'
       FROM (SELECT *, (row_number() OVER (ORDER BY follow_id) - 1) / 200 AS part
             FROM raw_trade WHERE shard = %(shard)s) AS trade
       GROUP BY part""",
)


def copy_template(execution: Execution) -> None:
    """Keep what an execution has written as the rows that `raw_shard` writes, under new ids."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_TEMPLATE, {"execution": execution.pk})


def raw_shard(execution: Execution, *, shard: int) -> None:
    """Write the rows of one shard in one transaction."""
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        batch = SettlementBatch.objects.create(execution=execution, shard=shard)
        for statement in _RAW:
            cursor.execute(statement, {"execution": execution.pk, "shard": shard, "batch": batch.pk})


def one_by_one(execution: Execution, *, follows: Sequence[Follow], price: Decimal) -> None:
    """Buy for each follow in a transaction of its own, with one ORM call for each thing."""
    house = LedgerAccount.objects.using(DATABASE).get(owner="house", kind="fees", currency="USDT")
    batch = SettlementBatch.objects.create(execution=execution, shard=0, leg="filled")
    for follow in follows:
        with transaction.atomic(using=DATABASE):
            _buy(execution, batch, follow, house, price)


def _buy(execution: Execution, batch: SettlementBatch, follow: Follow, house: LedgerAccount, price: Decimal) -> None:
    account = Account.objects.get(pk=follow.account_id)
    balances = LedgerBalance.objects.using(DATABASE)
    balances.select_for_update().get(pk=account.cash_ledger_id)
    notional = Decimal(100)
    qty, fee = (notional / price).quantize(Decimal("0.00000001")), Decimal("0.1")
    Decision.objects.create(execution=execution, follow=follow, code="executed")
    order = Order.objects.create(
        client_order_id=uuid7(),
        account=account,
        execution=execution,
        follow=follow,
        symbol=execution.symbol,
        side="buy",
        notional=notional,
        filled_qty=qty,
        filled_avg_price=price,
        status="filled",
    )
    fill = Fill.objects.create(
        order=order,
        batch=batch,
        qty=qty,
        price=price,
        notional=notional,
        fee=fee,
        slippage=0,
        cost=notional,
        executed_at=execution.bar_time,
    )
    made = LedgerTransaction.objects.using(DATABASE).create(
        idempotency_key=f"fill/{fill.fill_id}", kind="fill", body_hash="orm", occurred_at=execution.bar_time
    )
    lines = ((account.cash_ledger_id, -notional - fee), (account.positions_ledger_id, notional), (house.pk, fee))
    LedgerEntry.objects.using(DATABASE).bulk_create(
        [LedgerEntry(transaction=made, account_id=at, currency="USDT", amount=amount) for at, amount in lines]
    )
    balances.filter(pk=account.cash_ledger_id).update(balance=F("balance") - notional - fee)
    Position.objects.update_or_create(
        follow=follow,
        symbol=execution.symbol,
        defaults={"qty": qty, "cost_basis": notional, "day": execution.bar_time.date(), "day_result": -fee},
    )
    record(_event(execution, order, fill, follow), using=DATABASE)


def _event(execution: Execution, order: Order, fill: Fill, follow: Follow) -> TradeExecuted:
    return TradeExecuted(
        fill_id=fill.fill_id,
        order_id=order.pk,
        account_id=follow.account_id,
        follow_id=follow.pk,
        user_id=follow.user_id,
        signal_id=execution.signal_id,
        strategy=execution.strategy,
        symbol=execution.symbol,
        side="buy",
        qty=fill.qty,
        price=fill.price,
        notional=fill.notional,
        fee=fill.fee,
        realized_pl=None,
        currency="USDT",
        executed_at=fill.executed_at,
        simulated=True,
    )
