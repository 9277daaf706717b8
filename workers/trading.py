"""Doorbells of the trading context."""

from apps.trading import services
from workers.app import app


@app.task(name="trading.execute_batch")
def execute_batch(execution_id: int, shard: int) -> None:
    """Let a shard of followers take a signal."""
    services.execute_batch(execution_id, shard=shard)


@app.task(name="trading.release_blocked")
def release_blocked() -> None:
    """Pass what has waited longer than a signal lives."""
    services.release_blocked()


@app.task(name="trading.close_accounts_of_the_erased")
def close_accounts_of_the_erased() -> None:
    """Close accounts of erased people that hold nothing any more."""
    services.close_accounts_of_the_erased()
