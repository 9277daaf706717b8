"""All events that exist, by type and version, and the upcasters that lift an old version to the next one."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from apps.kernel.errors import Refused

if TYPE_CHECKING:
    from apps.kernel.events.base import Event

EventClass: TypeAlias = "type[Event]"
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_events: dict[tuple[str, int], EventClass] = {}
_upcasters: dict[tuple[str, int], Upcaster] = {}


class UnknownEventType(Refused):
    """No event of type {type} is declared here; declare it in apps/contracts/events or unbind it from this queue."""


class UnknownEventVersion(Refused):
    """Version {version} of {type} is not known here; deploy the code that knows it, or add an upcaster, and replay."""


class EventDeclaredTwice(TypeError):
    """Two classes declare the same event type and version."""


def register(event: EventClass) -> None:
    """Add an event class. Raises EventDeclaredTwice when another class holds its type and version."""
    key = (event.event_type, event.version)
    if key in _events and _events[key].__qualname__ != event.__qualname__:
        raise EventDeclaredTwice(f"{event.__qualname__} and {_events[key].__qualname__} both declare {key}.")
    _events[key] = event
    resolve.cache_clear()


def upcaster(event_type: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Register a function that turns the data of `from_version` into the data of the version after it."""

    def add(function: Upcaster) -> Upcaster:
        _upcasters[event_type, from_version] = function
        resolve.cache_clear()
        return function

    return add


@cache
def resolve(event_type: str, version: int) -> tuple[EventClass, list[Upcaster]]:
    """Return the newest class of `event_type` that `version` can be lifted to, and the upcasters on the way."""
    versions = sorted(known for name, known in _events if name == event_type)
    if not versions:
        raise UnknownEventType(type=event_type)
    lifts: list[Upcaster] = []
    while version != versions[-1]:
        lift = _upcasters.get((event_type, version))
        if lift is None:
            break
        lifts.append(lift)
        version += 1
    if (event_type, version) not in _events:
        raise UnknownEventVersion(type=event_type, version=version)
    return _events[event_type, version], lifts


def all_events() -> list[EventClass]:
    """Return every declared event class, ordered by type and version."""
    return [_events[key] for key in sorted(_events)]
