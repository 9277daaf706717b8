"""Trading: how followers are cut into shards, and how long advice is worth something."""

from treum_project.env import env

TREUM_TRADING_SHARD_SIZE = env.int("TREUM_TRADING_SHARD_SIZE", default=5_000)
TREUM_TRADING_SIGNAL_TTL_SECONDS = env.int("TREUM_TRADING_SIGNAL_TTL_SECONDS", default=300)
TREUM_TRADING_EXIT_AGE_FACTOR = env.int("TREUM_TRADING_EXIT_AGE_FACTOR", default=12)
