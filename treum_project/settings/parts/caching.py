"""Caches in Redis. What they hold can be lost: sessions stand in the database too."""

from typing import Any

from treum_project.settings.parts.messaging import REDIS_URL


def _cache(prefix: str) -> dict[str, Any]:
    return {
        "BACKEND": "apps.kernel.caching.backend.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"treum:{prefix}",
        "OPTIONS": {"socket_connect_timeout": 1.0, "socket_timeout": 1.0},
    }


CACHES = {"default": _cache("cache"), "sessions": _cache("sessions")}
