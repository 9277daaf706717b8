"""Answers that many ask for and that seldom change: kept in this process, then in Redis, and else read anew.

What is kept is never older than TREUM_CACHE_SECONDS, also when nobody could be told that it changed. While Redis is
away everything is read anew: slower, and never wrong.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import structlog
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError
from rest_framework.utils.encoders import JSONEncoder

from apps.kernel.caching import shared
from apps.kernel.caching.listener import Listener
from apps.kernel.caching.local import Group, LocalShelf
from apps.kernel.clock import now

log = structlog.get_logger(__name__)

Load = Callable[[], Any]


def kept(group: str, member: str, load: Load, *, using: str) -> Any:
    """Return what is kept of a database under this name, or what `load` reads there, which is kept from then on.

    `load` returns what JSON can say, and it is given out as JSON gives it back. Members of a group are forgotten
    together, see `forget`.
    """
    if not settings.TREUM_CACHE_SECONDS:
        return json.loads(_written(load()))
    return json.loads(_keeper.read(_name_of(group, using=using), member, load, seconds=settings.TREUM_CACHE_SECONDS))


def forget(groups: Iterable[str], *, using: str, since: datetime) -> None:
    """Make every process read these groups anew. `since` is when what they show has changed.

    Raises a RedisError, so that it is tried again, for as long as anyone may still keep what was there before.
    """
    try:
        shared.forget(_name_of(group, using=using) for group in groups)
    except RedisError as error:
        if (now() - since).total_seconds() <= settings.TREUM_CACHE_SECONDS:
            raise
        log.warning("cache.nothing_left_to_forget", error=type(error).__name__)


class Keeper:
    """The two levels of one process."""

    def __init__(self) -> None:
        self._shelf = LocalShelf()
        self._listener = Listener(self._shelf)

    def read(self, name: str, member: str, load: Load, *, seconds: float) -> str:
        """Return what is kept as JSON text, or load it and keep it."""
        self._listener.start()
        text, group = self._shelf.look(name, member, seconds=seconds)
        return self._from_redis(name, member, load, group=group, seconds=seconds) if text is None else text

    def stop(self) -> None:
        """Stop listening, and keep nothing."""
        self._listener.stop()

    def _from_redis(self, name: str, member: str, load: Load, *, group: Group | None, seconds: float) -> str:
        asked_at = time.monotonic()
        try:
            found = shared.look(name, member, seconds=seconds)
        except RedisError as error:
            log.warning("cache.away", error=type(error).__name__)
            return _written(load())
        text = found.text
        if text is None:
            text = _written(load())
            if not _stored(name, member, text, lease=found.lease):
                return text
        self._shelf.store(name, member, text, group=group, ends_at=asked_at + found.seconds_left)
        return text


def _stored(name: str, member: str, text: str, *, lease: str) -> bool:
    try:
        return shared.store(name, member, text, lease=lease)
    except RedisError as error:
        log.warning("cache.away", error=type(error).__name__)
        return False


def _name_of(group: str, *, using: str) -> str:
    """Return the name of a group in a Redis that other installations, and stages, may share: it names the database."""
    database = connections[using].settings_dict
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return f"treum:kept:{blake2b(place.encode(), digest_size=8).hexdigest()}:{group}"


def _written(value: Any) -> str:
    return json.dumps(value, cls=JSONEncoder, separators=(",", ":"))


_keeper = Keeper()


def _begin_anew() -> None:
    """A forked process has none of its parent's threads: it listens by itself, and keeps nothing until it does."""
    global _keeper
    _keeper = Keeper()


os.register_at_fork(after_in_child=_begin_anew)
