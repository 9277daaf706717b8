"""The second level: what all processes keep together in Redis, and how they tell one another what has changed.

A group is a hash with a lease, made by whoever first looks for something in it. A text is stored only under the lease
that stood when it was looked for. Forgetting a group deletes its lease too, so that what was read before cannot be
stored after. The group lives for a fixed time from its lease on, so that nothing in it grows older than that.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from apps.kernel.redis_client import client, quickly

CHANNEL = "treum:kept"
MOST_MEMBERS = 500
NAMES_AT_ONCE = 1_000

_LOOK = """
local lease = redis.call('HGET', KEYS[1], 'lease')
if not lease then
  lease = ARGV[2]
  redis.call('HSET', KEYS[1], 'lease', lease)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return {lease, redis.call('PTTL', KEYS[1]), redis.call('HGET', KEYS[1], '=' .. ARGV[1])}
"""
_STORE = """
if redis.call('HGET', KEYS[1], 'lease') ~= ARGV[1] or redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], '=' .. ARGV[2], ARGV[3])
return 1
"""
_FORGET = """
redis.call('UNLINK', unpack(KEYS))
redis.call('PUBLISH', ARGV[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found under a lease, if anything, and for how many more seconds the lease is good."""

    lease: str
    seconds_left: float
    text: str | None


def look(name: str, member: str, *, seconds: float) -> Found:
    """Return what is kept, or a lease under which to store it. Raises a RedisError soon."""
    answer: Any = quickly(lambda redis: redis.eval(_LOOK, 1, name, member, uuid4().hex, int(seconds * 1000)))
    lease, left, text = answer
    return Found(lease=lease, seconds_left=max(0, left) / 1000, text=text)


def store(name: str, member: str, text: str, *, lease: str) -> bool:
    """Keep a text, unless its group was forgotten since the lease was given. Raises a RedisError soon."""
    return bool(quickly(lambda redis: redis.eval(_STORE, 1, name, lease, member, text, MOST_MEMBERS)))


def forget(names: Iterable[str]) -> None:
    """Delete groups, and tell every process to drop them. Raises a RedisError."""
    wanted = list(dict.fromkeys(names))
    for start in range(0, len(wanted), NAMES_AT_ONCE):
        part = wanted[start : start + NAMES_AT_ONCE]
        client().eval(_FORGET, len(part), *part, CHANNEL, json.dumps(part))


def names_in(message: bytes) -> list[str]:
    """Return the groups that a message on the channel names."""
    return cast(list[str], json.loads(message))
