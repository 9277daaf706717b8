"""A thread that hears what has changed, and keeps the first level open only while it can hear."""

import os
import threading
import time
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from apps.kernel.caching.local import LocalShelf
from apps.kernel.caching.shared import CHANNEL, names_in

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 1.0
PING_SECONDS = 2.0
DEAF_AFTER_SECONDS = 5.0
PAUSE_SECONDS = 1.0


class Deaf(Exception):
    """Redis has not answered for a while."""


class Listener:
    """Hears what has changed, in a thread of its own that begins anew when Redis comes back."""

    def __init__(self, shelf: LocalShelf) -> None:
        self._shelf = shelf
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to listen, if this process does not yet."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._stopping.clear()
                    self._thread = threading.Thread(target=self._run, name="treum-kept", daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join()
                self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (RedisError, OSError, Deaf) as error:
                log.warning("cache.deaf", error=type(error).__name__)
                self._stopping.wait(PAUSE_SECONDS)

    def _listen(self) -> None:
        try:
            with _connection() as listening, listening.pubsub() as channel:
                channel.subscribe(CHANNEL)
                self._hear(channel)
        finally:
            self._shelf.close()

    def _hear(self, channel: PubSub) -> None:
        heard_at = pinged_at = time.monotonic()
        while not self._stopping.is_set():
            message = channel.get_message(timeout=PING_SECONDS / 4)
            if message is not None:
                heard_at = time.monotonic()
                self._obey(message)
            elif time.monotonic() - heard_at > DEAF_AFTER_SECONDS:
                raise Deaf
            if time.monotonic() - pinged_at > PING_SECONDS:
                pinged_at = time.monotonic()
                channel.ping()

    def _obey(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # Also after redis-py has come back by itself: what was said meanwhile was not heard.
            self._shelf.open()
        elif message["type"] == "message":
            for name in names_in(message["data"]):
                self._shelf.drop(name)


def _connection() -> "redis.Redis":
    # Without retries a lost connection is seen at once, and the shelf closed.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        client_name=f"treum-kept-{os.getpid()}",
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=DEAF_AFTER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
