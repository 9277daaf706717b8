"""Trading: how followers are cut into shards, how long advice is worth something, and the venues there are."""

from treum_project.env import env

TREUM_TRADING_SHARD_SIZE = env.int("TREUM_TRADING_SHARD_SIZE", default=5_000)
TREUM_TRADING_SIGNAL_TTL_SECONDS = env.int("TREUM_TRADING_SIGNAL_TTL_SECONDS", default=300)
TREUM_TRADING_EXIT_AGE_FACTOR = env.int("TREUM_TRADING_EXIT_AGE_FACTOR", default=12)
TREUM_TRADING_VENUES = env.list(
    "TREUM_TRADING_VENUES", default=["binance", "bitget", "bybit", "kraken", "kucoin", "okx"]
)
"""The venues whose keys people may leave with us, by their names at ccxt."""
