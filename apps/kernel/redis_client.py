"""Connections to Redis, one pool for each process; what is kept there may be lost without losing a fact."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings

TIMEOUT_SECONDS = 3.0


@cache
def client() -> "redis.Redis":
    """Return this process's client for short commands; it raises redis' ConnectionError or TimeoutError soon."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        health_check_interval=30,
    )


def listening_client(*, block_seconds: float) -> "redis.asyncio.Redis":
    """Return an async client of its own connection, which may block for `block_seconds` in one command.

    redis-py would give up a blocking read after its socket timeout (5 seconds by default), so that is set above it.
    """
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=block_seconds + TIMEOUT_SECONDS,
        single_connection_client=True,
    )
