"""Where the live stream of a person stands in Redis."""

from uuid import UUID

STREAM_PREFIX = "treum:stream:"


def key_of(user_id: UUID | str) -> str:
    """Return the key of a person's stream."""
    return f"{STREAM_PREFIX}{user_id}"
