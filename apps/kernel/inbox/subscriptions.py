"""Which function handles which event. A context lists its own; the workers collect the lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.kernel.events.base import Event
from apps.kernel.events.envelope import Envelope

Handler = Callable[[Sequence[Envelope[Any]]], None]

PERISHABLE_PREFIX = "signal."


@dataclass(frozen=True, slots=True)
class Subscription:
    """`handler` is called with lists of `event`, inside a transaction of its context that also marks them handled.

    `expired` is called instead with events that came too late to be acted on.
    """

    event: type[Event]
    handler: Handler
    expired: Handler | None = None

    @property
    def context(self) -> str:
        """The context that subscribes: the package of the handler."""
        return context_of(self.handler)

    @property
    def queue(self) -> str:
        """The queue the event arrives on: perishable advice apart from facts that keep."""
        kind = "signals" if self.event.event_type.startswith(PERISHABLE_PREFIX) else "events"
        return f"{self.context}.{kind}"


def context_of(handler: Handler) -> str:
    """Return the context that a handler belongs to, from its module `apps.<context>.handlers`."""
    return handler.__module__.split(".")[1]


def name_of(handler: Handler) -> str:
    """Return the name of the handler's task on the wire: `<context>.<deed>`."""
    return f"{context_of(handler)}.{handler.__name__}"
