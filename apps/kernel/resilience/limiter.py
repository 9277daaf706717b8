"""How often something may be tried: an atomic counter in Redis, or a tighter one in this process without Redis."""

import hashlib
import time
from dataclasses import dataclass, field
from threading import Lock

import structlog
from django.conf import settings
from redis.exceptions import RedisError

from apps.kernel.redis_client import quickly

log = structlog.get_logger(__name__)

FALLBACK_SHARE = 4
"""A process alone allows this fraction of the limit, for it does not see what the others allow."""

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


@dataclass
class _Window:
    ends_at: float
    count: int = 0


@dataclass
class _LocalCounter:
    windows: dict[str, _Window] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def give_back(self, key: str) -> None:
        with self.lock:
            if (window := self.windows.get(key)) is not None and window.count:
                window.count -= 1

    def count(self, key: str, seconds: int) -> tuple[int, int]:
        now = time.monotonic()
        with self.lock:
            self.windows = {name: window for name, window in self.windows.items() if window.ends_at > now}
            window = self.windows.setdefault(key, _Window(now + seconds))
            window.count += 1
            return window.count, int(window.ends_at - now) + 1


_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
"""

_local = _LocalCounter()


def seconds_to_wait(key: str, *, limit: int, seconds: int) -> int:
    """Count one try under `key` and return 0 when it is within `limit` tries in `seconds`, else how long to wait."""
    try:
        count, left = quickly(lambda redis: redis.eval(_COUNT, 1, _redis_key(key), seconds))
    except RedisError as error:
        # Limits go on without Redis, each process by itself and tighter.
        log.warning("limiter.alone", error=type(error).__name__)
        count, left = _local.count(key, seconds)
        limit = max(1, limit // FALLBACK_SHARE)
    return 0 if count <= limit else max(1, int(left))


def give_back(*keys: str) -> None:
    """Take back one try under each of these keys."""
    try:
        quickly(lambda redis: redis.eval(_GIVE_BACK, len(keys), *(_redis_key(key) for key in keys)))
    except RedisError as error:
        log.warning("limiter.alone", error=type(error).__name__)
        for key in keys:
            _local.give_back(key)


def hashed(value: str) -> str:
    """Return what stands for a personal value in a key, so that none gets into Redis.

    It is keyed, for all addresses of the world can be tried against a plain digest.
    """
    key = settings.SECRET_KEY.encode()[: hashlib.blake2b.MAX_KEY_SIZE]
    return hashlib.blake2b(value.encode(), key=key, digest_size=16).hexdigest()


def _redis_key(key: str) -> str:
    return f"treum:limit:{key}"
