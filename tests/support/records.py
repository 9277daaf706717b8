"""What a story has left in the databases, in words that are the same whenever the same things have happened."""

from collections.abc import Mapping
from typing import Any

from tests.support.theatre import Theatre

_RECORDS = {
    ("signals", "signals"): """
        SELECT sequence, revision, strategy_code, symbol, type, bar_time, price, target, stop_loss, confidence,
               analysis, evidence::text, expires_at
          FROM signals_signal ORDER BY strategy_code, symbol, sequence, revision""",
    ("trading", "bars"): """
        SELECT symbol, timeframe, bar_time, open, close, next_open, next_open_at FROM trading_marketbar
         ORDER BY symbol, timeframe, bar_time""",
    ("trading", "executions"): """
        SELECT sequence, side, price, status, expired, decisions::text, shards_total, shards_left
          FROM trading_execution ORDER BY sequence""",
    ("trading", "decisions"): """
        SELECT sequence, follow_id, code, detail::text
          FROM trading_decision JOIN trading_execution AS execution ON execution.id = execution_id
         ORDER BY sequence, follow_id""",
    ("trading", "orders"): """
        SELECT sequence, follow_id, orders.side, qty, notional, filled_qty, filled_avg_price, orders.status,
               cancel_reason
          FROM trading_order AS orders JOIN trading_execution AS execution ON execution.id = execution_id
         ORDER BY sequence, follow_id, client_order_id""",
    ("trading", "fills"): """
        SELECT sequence, follow_id, number, fill.qty, fill.price, fill.notional, fee, slippage, cost, realized_pl,
               executed_at
          FROM trading_fill AS fill
          JOIN trading_order AS orders ON orders.client_order_id = order_id
          JOIN trading_execution AS execution ON execution.id = execution_id
         ORDER BY sequence, follow_id, number""",
    ("trading", "positions"): """
        SELECT follow_id, symbol, qty, cost_basis, day, day_result FROM trading_position ORDER BY follow_id, symbol""",
    ("trading", "entries"): """
        SELECT movement.kind, account.kind, account.owner, entry.amount, count(*)
          FROM ledger_ledgerentry AS entry
          JOIN ledger_ledgertransaction AS movement ON movement.id = entry.transaction_id
          JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
    ("trading", "balances"): """
        SELECT account.owner, balance, held
          FROM ledger_ledgerbalance JOIN ledger_ledgeraccount AS account ON account.id = account_id
         ORDER BY account.owner""",
    ("notifications", "notifications"): """
        SELECT data ->> 'account_id', kind, title, body, data ->> 'executed_at', count(*)
          FROM notifications_notification GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5""",
}


def records(theatre: Theatre) -> dict[str, list[tuple[Any, ...]]]:
    """Return all records by name, without ids and wall times."""
    return {name: theatre.rows(context, statement) for (context, name), statement in _RECORDS.items()}


def comparable(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report without what may differ between two runs of the same story."""
    kept = {name: value for name, value in report.items() if name not in ("latency_ms", "seconds")}
    kept["signals"] = [
        {name: value for name, value in signal.items() if name not in ("id", "correlation_id")}
        for signal in report["signals"]
    ]
    kept["messages"] = {
        name: value for name, value in report["messages"].items() if name not in ("published", "duplicates")
    }
    return kept


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what differs between two of either, at most a few words for each name."""
    return [f"{name}: {_difference(before[name], after[name])}" for name in before if before[name] != after.get(name)]


def _difference(before: Any, after: Any) -> str:
    if not isinstance(before, list) or not isinstance(after, list):
        return f"{before} became {after}"
    lost, gained = [row for row in before if row not in after], [row for row in after if row not in before]
    return f"{len(before)} became {len(after)}, lost {lost[:3]}, gained {gained[:3]}"
