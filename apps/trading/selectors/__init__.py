"""What trading can be asked. Reads only."""

from apps.trading.selectors.audit import balance_mismatches, mismatched_accounts
from apps.trading.selectors.credentials import credentials_without_secrets
from apps.trading.selectors.entitlements import decisions_seen, signals_shown_until
from apps.trading.selectors.follows import newest_terms
from apps.trading.selectors.history import Portfolio, portfolio_history, portfolio_statistics
from apps.trading.selectors.holdings import accounts_with_equity, open_positions
from apps.trading.selectors.results import (
    decision_counts,
    fill_count,
    fill_latencies_ms,
    order_count,
    unfilled_count,
)

__all__ = [
    "Portfolio",
    "accounts_with_equity",
    "balance_mismatches",
    "credentials_without_secrets",
    "decision_counts",
    "decisions_seen",
    "fill_count",
    "fill_latencies_ms",
    "mismatched_accounts",
    "newest_terms",
    "open_positions",
    "order_count",
    "portfolio_history",
    "portfolio_statistics",
    "signals_shown_until",
    "unfilled_count",
]
