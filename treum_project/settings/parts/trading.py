"""Trading: how followers are cut into shards, how long advice is worth something, and the venues there are."""

from treum_project.env import env

TREUM_TRADING_SHARD_SIZE = env.int("TREUM_TRADING_SHARD_SIZE", default=5_000)
TREUM_TRADING_SIGNAL_TTL_SECONDS = env.int("TREUM_TRADING_SIGNAL_TTL_SECONDS", default=300)
TREUM_TRADING_EXIT_AGE_FACTOR = env.int("TREUM_TRADING_EXIT_AGE_FACTOR", default=12)
TREUM_TRADING_FREE_FOLLOWS = env.int("TREUM_TRADING_FREE_FOLLOWS", default=1)
"""How many strategies somebody follows at once of whom we know no standing that says otherwise."""
TREUM_TRADING_PAPER_CASH = env.int("TREUM_TRADING_PAPER_CASH", default=10_000)
TREUM_TRADING_PAPER_CURRENCIES = env.list("TREUM_TRADING_PAPER_CURRENCIES", default=["USDT"])
TREUM_TRADING_PAPER_ACCOUNTS = env.int("TREUM_TRADING_PAPER_ACCOUNTS", default=5)
"""What a paper account starts with, the currencies it can be in (those that instruments are quoted in, for nothing is
exchanged), and how many a person opens."""
TREUM_TRADING_VENUES = env.list(
    "TREUM_TRADING_VENUES", default=["binance", "bitget", "bybit", "kraken", "kucoin", "okx"]
)
"""The venues whose keys people may leave with us, by their names at ccxt."""
