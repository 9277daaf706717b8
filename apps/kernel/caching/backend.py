"""Django's cache in Redis, which goes on without Redis: slower, and never wrong."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from apps.kernel.errors import TreumError

log = structlog.get_logger(__name__)

T = TypeVar("T")


class CacheIsShared(TreumError):
    """The cache cannot be cleared, because its Redis holds more than the cache; delete keys by their names."""


class ForgivingRedisCache(RedisCache):
    """Finds nothing and keeps nothing while Redis is away.

    `add` answers False then: whoever asks wants to be the first, and nobody can be promised that. allauth takes its
    locks and marks its used codes so, which refuses second factors for as long rather than letting guesses through.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), otherwise=default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        wanted = list(keys)
        return self._try(lambda: super(ForgivingRedisCache, self).get_many(wanted, version), otherwise={})

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).has_key(key, version), otherwise=False)

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), otherwise=False)

    def set(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), otherwise=None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), otherwise=False)

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        wanted = list(keys)
        self._try(lambda: super(ForgivingRedisCache, self).delete_many(wanted, version), otherwise=None)

    def clear(self) -> None:
        """Raise CacheIsShared: what others keep in this Redis would be lost with it."""
        raise CacheIsShared()

    def _try(self, action: Callable[[], T], *, otherwise: T) -> T:
        try:
            return action()
        except RedisError as error:
            # Weather: the caller reads the database instead.
            log.warning("cache.away", error=type(error).__name__)
            return otherwise
