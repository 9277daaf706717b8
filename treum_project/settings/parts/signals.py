"""Signals: where bars come from, and how many are handled in one go."""

from treum_project.env import env

TREUM_SIGNALS_MARKET_DATA = env.str("TREUM_SIGNALS_MARKET_DATA", default="replay")
TREUM_SIGNALS_CHUNK_BARS = env.int("TREUM_SIGNALS_CHUNK_BARS", default=2_000)
TREUM_SIGNALS_HISTORY_BARS = env.int("TREUM_SIGNALS_HISTORY_BARS", default=1_000)
TREUM_SIGNALS_DELAY_MINUTES = env.int("TREUM_SIGNALS_DELAY_MINUTES", default=60)
"""How late signals are seen by those of whom we know no standing that says otherwise."""
TREUM_SIGNALS_CCXT_EXCHANGE = env.str("TREUM_SIGNALS_CCXT_EXCHANGE", default="binance")
TREUM_SIGNALS_CCXT_TIMEOUT_SECONDS = env.float("TREUM_SIGNALS_CCXT_TIMEOUT_SECONDS", default=10.0)
TREUM_SIGNALS_CCXT_TRIES = env.int("TREUM_SIGNALS_CCXT_TRIES", default=3)
