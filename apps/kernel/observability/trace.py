"""Who and what is being worked for: the ids that travel from the first request to the last notification."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from apps.kernel.ids import uuid7

ANONYMOUS = "service:treum"


@dataclass(frozen=True, slots=True)
class Trace:
    """Correlation (one story), causation (the message before), W3C traceparent, and the actor on whose behalf."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    actor: str = ANONYMOUS


_current: ContextVar[Trace | None] = ContextVar("treum_trace", default=None)


def fresh(*, actor: str = ANONYMOUS) -> Trace:
    """Begin a new story: a new correlation id and a new W3C trace."""
    return Trace(str(uuid7()), traceparent=new_traceparent(), actor=actor)


def current() -> Trace:
    """Return the trace bound to this thread or task, or a fresh one when none is."""
    return _current.get() or fresh()


def bound() -> Trace | None:
    """Return the bound trace, or None."""
    return _current.get()


@contextmanager
def bind(trace: Trace) -> Iterator[Trace]:
    """Make `trace` the current one inside the block."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def act_as(actor: str) -> None:
    """Go on as `actor`, from here to the end of the enclosing `bind`; without one this changes nothing."""
    if (trace := _current.get()) is not None:
        _current.set(replace(trace, actor=actor))


def new_traceparent() -> str:
    """Return a W3C Trace Context `traceparent` of a new, sampled trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_traceparent(parent: str | None) -> str:
    """Return a `traceparent` in the same trace with a new parent id, or of a new trace when there is none."""
    if parent is None:
        return new_traceparent()
    version, trace_id, _, flags = parent.split("-")
    return f"{version}-{trace_id}-{secrets.token_hex(8)}-{flags}"


def entering_traceparent(parent: str | None, *, ratio: float) -> str:
    """Return a `traceparent` for a request from outside: in the caller's trace, but sampled as we decide.

    Of all requests `ratio` are sampled, whatever the caller's flag says: whoever could raise it would make us work.
    """
    version, trace_id, span_id, _ = child_traceparent(parent).split("-")
    return f"{version}-{trace_id}-{span_id}-{'01' if random.random() < ratio else '00'}"
