"""Which class reads which type and version, and the upcasters that lift an old version to the next one."""

from collections.abc import Callable
from typing import Any

from apps.kernel.errors import Refused
from apps.kernel.events.base import DECLARED, Event

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_upcasters: dict[tuple[str, int], Upcaster] = {}


class UnknownEventType(Refused):
    """No event of type {type} is declared here; declare it in apps/contracts/events or unbind it from this queue."""


class UnknownEventVersion(Refused):
    """Version {version} of {type} is not known here; deploy the code that knows it, or add an upcaster, and replay."""


def upcaster(event_type: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Register a function that turns the data of `from_version` into the data of the version after it."""

    def add(function: Upcaster) -> Upcaster:
        _upcasters[event_type, from_version] = function
        return function

    return add


def resolve(event_type: str, version: int) -> tuple[type[Event], list[Upcaster]]:
    """Return the newest class of `event_type` that `version` can be lifted to, and the upcasters on the way.

    Raises UnknownEventType or UnknownEventVersion.
    """
    versions = DECLARED.get(event_type)
    if versions is None:
        raise UnknownEventType(type=event_type)
    newest, lifts = max(versions), []
    while version != newest and (event_type, version) in _upcasters:
        lifts.append(_upcasters[event_type, version])
        version += 1
    if version not in versions:
        raise UnknownEventVersion(type=event_type, version=version)
    return versions[version], lifts


def all_events() -> list[type[Event]]:
    """Return every declared event class, ordered by type and version."""
    return [DECLARED[name][version] for name in sorted(DECLARED) for version in sorted(DECLARED[name])]
