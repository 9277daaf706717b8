"""Connections to Redis, one pool for each process; what is kept there may be lost without losing a fact."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_SECONDS = 3.0
QUICK_TIMEOUT_SECONDS = 0.25
AWAY_SECONDS = 1.0

T = TypeVar("T")

_away_until: dict[str, float] = {}


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


def quickly(ask: Callable[["redis.Redis"], T]) -> T:
    """Return what Redis answers to one short command that a request waits for.

    Raises a RedisError soon. For a second after that it raises at once, so that Redis being away costs one timeout and
    not one for each request.
    """
    url = settings.REDIS_URL
    if time.monotonic() < _away_until.get(url, 0.0):
        raise RedisConnectionError("Redis was away a moment ago.")
    try:
        return ask(_quick_client(url))
    except RedisError:
        _away_until[url] = time.monotonic() + AWAY_SECONDS
        raise


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


@cache
def _quick_client(url: str) -> "redis.Redis":
    # One new try for a connection that Redis closed while it was idle; none after a timeout.
    once_again = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=QUICK_TIMEOUT_SECONDS,
        socket_timeout=QUICK_TIMEOUT_SECONDS,
        retry=once_again,
    )
