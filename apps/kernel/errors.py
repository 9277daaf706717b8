"""The kinds of refusal that every door translates once. The docstring of an error is its sentence.

Rules of the business are Refused, Conflict or Unavailable; the kinds below Refused that speak of malformed requests,
callers and sizes are the gateway's.
"""

import re
from typing import Any


class TreumError(Exception):
    """Something went wrong."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the docstring with the fields filled in."""
        template = " ".join((type(self).__doc__ or "").split())
        return template.format(**self.fields)

    @property
    def code(self) -> str:
        """The stable name of the error on the wire: the class name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.fields)


def _rebuild(kind: type[TreumError], fields: dict[str, Any]) -> TreumError:
    return kind(**fields)


class Refused(TreumError):
    """The request breaks a rule; asking again will not help."""


class NotFound(Refused):
    """There is no such thing, or it is not yours to see."""


class Malformed(Refused):
    """The request cannot be understood."""


class Unauthenticated(Refused):
    """Say who you are first."""


class Forbidden(Refused):
    """You may not do this."""


class MethodNotAllowed(Refused):
    """The address knows other methods only."""


class TooLarge(Refused):
    """The request is too large."""


class Conflict(TreumError):
    """The request collides with the present state; look again and decide anew."""


class Unavailable(TreumError):
    """Something that is needed cannot be reached; ask again later."""

    retry_after: int | None = None


class TooMany(Unavailable):
    """Too many requests; ask again later."""
