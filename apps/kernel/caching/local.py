"""The first level: what this process keeps in memory, and only while it hears of what has changed.

A group is dropped when it is said to have changed. What was read before that and is stored after it is refused,
because the group it was read for is no longer the one that is kept.
"""

import time
from dataclasses import dataclass, field
from threading import Lock

MOST_GROUPS = 10_000
MOST_MEMBERS = 500


@dataclass(eq=False, slots=True)
class Group:
    """What is kept together, is forgotten together, and grows old together."""

    ends_at: float
    members: dict[str, str] = field(default_factory=dict)


class LocalShelf:
    """Groups of texts in the memory of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._lock = Lock()
        self._open = False

    def open(self) -> None:
        """Begin to keep things, with nothing: whoever says what has changed can be heard from now on."""
        with self._lock:
            self._groups.clear()
            self._open = True

    def close(self) -> None:
        """Forget everything and keep nothing: nobody can be heard."""
        with self._lock:
            self._groups.clear()
            self._open = False

    def look(self, name: str, member: str, *, seconds: float) -> tuple[str | None, Group | None]:
        """Return what is kept, and the group to store it in where there is nothing; None for both while closed."""
        with self._lock:
            if not self._open:
                return None, None
            group = self._groups.get(name)
            if group is None or group.ends_at <= time.monotonic():
                group = self._begin(name, seconds=seconds)
            return group.members.get(member), group

    def store(self, name: str, member: str, text: str, *, group: Group | None, ends_at: float) -> None:
        """Keep a text until `ends_at` at the longest, unless its group was dropped since it was looked for."""
        with self._lock:
            if group is None or self._groups.get(name) is not group or len(group.members) >= MOST_MEMBERS:
                return
            group.ends_at = min(group.ends_at, ends_at)
            group.members[member] = text

    def drop(self, name: str) -> None:
        """Forget a group."""
        with self._lock:
            self._groups.pop(name, None)

    def _begin(self, name: str, *, seconds: float) -> Group:
        self._groups.pop(name, None)
        while len(self._groups) >= MOST_GROUPS:
            self._groups.pop(next(iter(self._groups)))
        group = self._groups[name] = Group(ends_at=time.monotonic() + seconds)
        return group
