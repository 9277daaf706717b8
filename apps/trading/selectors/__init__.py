"""What trading can be asked. Reads only."""

from apps.trading.selectors.audit import (
    balance_mismatches,
    decision_counts,
    mismatched_accounts,
    signal_to_fill_milliseconds,
    unfilled_orders,
)
from apps.trading.selectors.history import Portfolio, portfolio_history, portfolio_statistics
from apps.trading.selectors.holdings import accounts_with_equity, open_positions

__all__ = [
    "Portfolio",
    "accounts_with_equity",
    "balance_mismatches",
    "decision_counts",
    "mismatched_accounts",
    "open_positions",
    "portfolio_history",
    "portfolio_statistics",
    "signal_to_fill_milliseconds",
    "unfilled_orders",
]
