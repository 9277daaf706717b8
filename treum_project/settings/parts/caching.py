"""Caches in Redis. What they hold can be lost: sessions stand in the database too."""

from typing import Any

from treum_project.env import env
from treum_project.settings.parts.messaging import REDIS_URL

TREUM_CACHE_SECONDS = env.float("TREUM_CACHE_SECONDS", default=60.0)
"""How old what is kept in memory and in Redis may become, at most, when it could not be said that it changed; 0 keeps
nothing."""


def _cache(prefix: str) -> dict[str, Any]:
    return {
        "BACKEND": "apps.kernel.caching.backend.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"treum:{prefix}",
        "OPTIONS": {"socket_connect_timeout": 1.0, "socket_timeout": 1.0},
    }


CACHES = {"default": _cache("cache"), "sessions": _cache("sessions")}
