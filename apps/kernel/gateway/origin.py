"""From where a request comes: bound by the gateway for as long as the request lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A client's address, as seen behind the trusted proxies, and what it calls itself."""

    address: str = ""
    user_agent: str = ""


_current: ContextVar[Origin | None] = ContextVar("treum_origin", default=None)


def current() -> Origin:
    """Return where the request at hand comes from; an empty one outside of requests."""
    return _current.get() or Origin()


@contextmanager
def bind(origin: Origin) -> Iterator[Origin]:
    """Make `origin` the current one inside the block."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)
