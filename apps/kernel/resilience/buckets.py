"""Token buckets: so many requests at once, so many a minute. Several are asked together, and all of them must pass.

A bucket is kept as the moment at which it will be full again, in microseconds of Redis' own clock. What is in it
follows from that: one value, one key, and nothing to be refilled.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from typing import Any, cast

import structlog
from redis.exceptions import RedisError

from apps.kernel.redis_client import quickly
from apps.kernel.resilience.limiter import FALLBACK_SHARE

log = structlog.get_logger(__name__)

MICROSECONDS = 1_000_000
LOCAL_BUCKETS = 10_000

_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait, full_at = 0, {}
for i, key in ipairs(KEYS) do
  local step, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  full_at[i] = math.max(tonumber(redis.call('GET', key) or now), now)
  wait = math.max(wait, full_at[i] + step - now - step * burst)
end
local answer = {wait}
for i, key in ipairs(KEYS) do
  if wait <= 0 then
    full_at[i] = full_at[i] + tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now) / 1000))
  end
  answer[i + 1] = full_at[i] - now
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket fills, and how much it holds."""

    per_minute: int
    burst: int

    @property
    def step(self) -> int:
        """The microseconds in which one token comes."""
        return 60 * MICROSECONDS // self.per_minute


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. Its key tells nothing personal."""

    key: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a token was taken from every bucket, and how the scarcest of them stands.

    `wait_seconds` says when to ask again, 0 when this passed; `full_seconds` when the scarcest is full.
    """

    wait_seconds: int
    limit: int
    remaining: int
    full_seconds: int

    @property
    def passed(self) -> bool:
        return self.wait_seconds == 0


def take(buckets: Sequence[Bucket]) -> Verdict:
    """Take a token from each of these buckets, or from none when one of them is empty.

    Without Redis each process goes on by itself, with a share of every rate.
    """
    try:
        answer = quickly(lambda redis: redis.eval(_TAKE, len(buckets), *_arguments(buckets)))
        wait, *until_full = cast(list[int], answer)
    except RedisError as error:
        # Limits go on without Redis, each process by itself and tighter.
        log.warning("buckets.alone", error=type(error).__name__)
        buckets = [Bucket(bucket.key, _share(bucket.rate)) for bucket in buckets]
        wait, until_full = _local.take(buckets)
    return _verdict(buckets, wait=wait, until_full=until_full)


def _arguments(buckets: Sequence[Bucket]) -> list[Any]:
    keys = [f"treum:bucket:{bucket.key}" for bucket in buckets]
    return [*keys, *(number for bucket in buckets for number in (bucket.rate.step, bucket.rate.burst))]


def _verdict(buckets: Sequence[Bucket], *, wait: int, until_full: Sequence[int]) -> Verdict:
    left = [
        max(0, bucket.rate.burst - ceil(missing / bucket.rate.step))
        for bucket, missing in zip(buckets, until_full, strict=True)
    ]
    scarcest = min(range(len(buckets)), key=left.__getitem__)
    return Verdict(
        wait_seconds=ceil(max(wait, 0) / MICROSECONDS),
        limit=buckets[scarcest].rate.burst,
        remaining=left[scarcest],
        full_seconds=ceil(until_full[scarcest] / MICROSECONDS),
    )


def _share(rate: Rate) -> Rate:
    return Rate(max(1, rate.per_minute // FALLBACK_SHARE), max(1, rate.burst // FALLBACK_SHARE))


@dataclass
class _LocalBuckets:
    """The same in this process."""

    full_at: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, buckets: Sequence[Bucket]) -> tuple[int, list[int]]:
        now = time.monotonic_ns() // 1000
        with self.lock:
            self._forget_full_ones(now)
            full_at = [max(self.full_at.get(bucket.key, now), now) for bucket in buckets]
            waits = [
                moment + bucket.rate.step * (1 - bucket.rate.burst) - now
                for bucket, moment in zip(buckets, full_at, strict=True)
            ]
            if max(waits) <= 0:
                full_at = [moment + bucket.rate.step for bucket, moment in zip(buckets, full_at, strict=True)]
                self.full_at.update(zip((bucket.key for bucket in buckets), full_at, strict=True))
        return max(waits), [moment - now for moment in full_at]

    def _forget_full_ones(self, now: int) -> None:
        if len(self.full_at) > LOCAL_BUCKETS:
            self.full_at = {key: moment for key, moment in self.full_at.items() if moment > now}


_local = _LocalBuckets()
