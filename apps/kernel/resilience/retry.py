"""What to do after a failure: try again later, a few times, or never. The table is that of docs/architecture.md."""

import random
from dataclasses import dataclass
from enum import StrEnum

import django.db
import kombu.exceptions
import redis.exceptions
from pydantic import ValidationError

from apps.kernel.errors import Conflict, Refused, Unavailable

BASE_SECONDS = 2
CAP_SECONDS = 300
TRANSIENT_RETRIES = 8
UNKNOWN_RETRIES = 3

_WEATHER: tuple[type[BaseException], ...] = (
    Unavailable,
    django.db.OperationalError,
    django.db.InterfaceError,
    kombu.exceptions.OperationalError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    ConnectionError,
    TimeoutError,
)
_VERDICTS: tuple[type[BaseException], ...] = (Refused, Conflict, ValidationError)


class Class(StrEnum):
    """The three classes of failure."""

    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Disposition:
    """How a failure is treated: its class and how many retries that allows."""

    kind: Class
    retries: int
    retry_after: int | None = None

    def allows(self, attempts: int) -> bool:
        """Say whether another try is allowed after `attempts` failed ones."""
        return attempts <= self.retries

    def delay(self, attempts: int) -> int:
        """Return the whole seconds to wait after `attempts` failed tries: full jitter, at least 1, at most 300.

        Source: "full jitter" in the AWS Architecture Blog's Exponential Backoff and Jitter. A Retry-After is obeyed.
        """
        if self.retry_after is not None:
            return max(1, self.retry_after)
        ceiling = min(CAP_SECONDS, BASE_SECONDS * 2 ** (attempts - 1))
        return random.randint(1, ceiling)


def classify(error: BaseException) -> Disposition:
    """Return the treatment of an error. A refusal is final, weather passes, the unknown gets three more tries."""
    if isinstance(error, _VERDICTS):
        return Disposition(Class.PERMANENT, 0)
    if isinstance(error, _WEATHER):
        return Disposition(Class.TRANSIENT, TRANSIENT_RETRIES, getattr(error, "retry_after", None))
    return Disposition(Class.UNKNOWN, UNKNOWN_RETRIES)
