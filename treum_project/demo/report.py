"""Read the results of a demo from the databases: every number comes from rows, none from memory."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connections

from apps.kernel.ledger.models import LedgerEntry, LedgerTransaction
from apps.kernel.ledger.verify import unbalanced_transactions
from apps.notifications.apps import DATABASE as NOTIFICATIONS
from apps.notifications.models import Notification
from apps.signals.models import Candle, Signal
from apps.signals.services import Loaded
from apps.trading.apps import DATABASE as TRADING
from apps.trading.models import Account
from apps.trading.selectors import results
from apps.trading.selectors.audit import balance_mismatches
from apps.trading.selectors.history import portfolio_history, portfolio_statistics
from treum_project.demo.followers import STARTING_CASH
from treum_project.demo.options import DemoOptions
from treum_project.demo.seed import Seeded
from treum_project.demo.vitals import messages

_TOLD = "SELECT data ->> 'signal_id', extract(epoch FROM created_at) FROM notifications_notification"
QUANTILES = (50, 95, 99)


def build(options: DemoOptions, loaded: Loaded, seeded: Seeded, *, seconds: float) -> dict[str, Any]:
    """Return the report of docs/demo.md. Decimals are strings, times ISO 8601 in UTC, latencies milliseconds."""
    decisions = results.decision_counts()
    return {
        "input": {
            "symbol": options.symbol,
            "timeframe": options.timeframe,
            "strategy": options.strategy,
            "bars": Candle.objects.filter(series__instrument__symbol=options.symbol).count(),
            "first_bar": _iso(loaded.first),
            "last_bar": _iso(loaded.last),
        },
        "signals": _signals(),
        "reference_account": _reference_account(seeded.account_ids[0]),
        "followers": len(seeded.account_ids),
        "decisions": decisions,
        "orders": results.order_count(),
        "fills": results.fill_count(),
        "unfilled": results.unfilled_count(),
        "notifications": Notification.objects.count(),
        "ledger": {
            "transactions": LedgerTransaction.objects.using(TRADING).count(),
            "entries": LedgerEntry.objects.using(TRADING).count(),
            "unbalanced": unbalanced_transactions(using=TRADING),
            "balance_mismatches": balance_mismatches(),
        },
        "messages": messages().as_dict(),
        "latency_ms": {
            "signal_to_fill": results.fill_latencies_ms(),
            "signal_to_notification": _notification_latencies_ms(),
        },
        "seconds": seconds,
    }


def equity_curve(seeded: Seeded) -> Sequence[tuple[date, Decimal]]:
    """Return the reference account's equity at the end of each market day."""
    return [(day.day, day.equity) for day in portfolio_history(seeded.account_ids[0]).days]


def _signals() -> list[dict[str, Any]]:
    return [
        {
            "id": str(signal.id),
            "type": signal.type,
            "bar_time": _iso(signal.bar_time),
            "price": _plain(signal.price),
            "confidence": _plain(signal.confidence),
            "target": _plain(signal.target),
            "stop_loss": _plain(signal.stop_loss),
            "expires_at": _iso(signal.expires_at),
            "correlation_id": signal.correlation_id,
        }
        for signal in Signal.objects.filter(revision=0).order_by("bar_time", "id")
    ]


def _reference_account(account_id: int) -> dict[str, Any]:
    account = Account.objects.get(pk=account_id)
    portfolio = portfolio_history(account_id)
    statistics = portfolio_statistics(portfolio)
    return {
        "sizing": "all_in",
        "fee_bps": int(account.fee_bps),
        "starting_equity": _plain(STARTING_CASH),
        "final_equity": _plain(portfolio.final_equity),
        "fills": results.fill_count(account_id=account_id),
        "round_trips": statistics.round_trips,
        "max_drawdown": statistics.max_drawdown,
        "sharpe_daily": statistics.sharpe,
    }


def _notification_latencies_ms() -> dict[str, float | None]:
    generated = {
        str(signal_id): moment.timestamp() for signal_id, moment in Signal.objects.values_list("id", "generated_at")
    }
    with connections[NOTIFICATIONS].cursor() as cursor:
        cursor.execute(_TOLD)
        waits = [(float(told) - generated[signal_id]) * 1000 for signal_id, told in cursor if signal_id in generated]
    if not waits:
        return {f"p{quantile}": None for quantile in QUANTILES}
    values = np.percentile(waits, QUANTILES)
    return {f"p{quantile}": round(float(value), 1) for quantile, value in zip(QUANTILES, values, strict=True)}


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
