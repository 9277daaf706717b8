"""Where the live stream of a person stands in Redis, and who listens."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from apps.kernel.redis_client import client

STREAM_PREFIX = "treum:stream:"
LISTENER_PREFIX = "treum:listener:"
SECONDS_PER_DAY = 86_400


def key_of(user_id: UUID | str) -> str:
    """Return the key of a person's stream."""
    return f"{STREAM_PREFIX}{user_id}"


def listener_key_of(user_id: UUID | str) -> str:
    """Return the key that says, while it lives, that a person listens or may come back to where they left."""
    return f"{LISTENER_PREFIX}{user_id}"


def kept_seconds() -> int:
    """Return for how long a stream and its listener are kept after the last sign of life."""
    return int(settings.TREUM_NOTIFICATIONS_STREAM_DAYS * SECONDS_PER_DAY)


def listeners(user_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the people who listen."""
    present = client().mget([listener_key_of(user_id) for user_id in user_ids])
    return {user_id for user_id, mark in zip(user_ids, present, strict=True) if mark is not None}
