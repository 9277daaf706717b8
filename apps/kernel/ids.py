"""Identifiers: time-ordered ones for new things, derived ones for things that must come out the same twice."""

import os
import time
import uuid

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:treum")

_RANDOM_BITS = 74
_RANDOM_A_MASK = 0xFFF
_RANDOM_B_MASK = (1 << 62) - 1


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS)
    value = (time.time_ns() // 1_000_000) << 80
    value |= 0x7 << 76
    value |= (random >> 62 & _RANDOM_A_MASK) << 64
    value |= 0b10 << 62
    value |= random & _RANDOM_B_MASK
    return uuid.UUID(int=value)


def derived(*parts: object) -> uuid.UUID:
    """Return the UUIDv5 (RFC 9562 §5.5) of the parts joined by "/" in TREUM's namespace: same parts, same id."""
    return uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts))
