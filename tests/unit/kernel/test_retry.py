"""What is tried again, how often and after how long."""

import random

import django.db
import kombu.exceptions
import pytest
import redis.exceptions
from pydantic import TypeAdapter, ValidationError

from apps.kernel.errors import Conflict, Refused, Unavailable
from apps.kernel.events.codec import UnreadableMessage
from apps.kernel.resilience.retry import Class, classify


def _validation_error() -> ValidationError:
    try:
        TypeAdapter(int).validate_python("many")
    except ValidationError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "kind", "retries"),
    [
        (Unavailable(), Class.TRANSIENT, 8),
        (TimeoutError(), Class.TRANSIENT, 8),
        (ConnectionResetError(), Class.TRANSIENT, 8),
        (django.db.OperationalError("deadlock detected"), Class.TRANSIENT, 8),
        (django.db.InterfaceError("connection already closed"), Class.TRANSIENT, 8),
        (kombu.exceptions.OperationalError(), Class.TRANSIENT, 8),
        (redis.exceptions.ConnectionError(), Class.TRANSIENT, 8),
        (redis.exceptions.TimeoutError(), Class.TRANSIENT, 8),
        (Refused(), Class.PERMANENT, 0),
        (Conflict(), Class.PERMANENT, 0),
        (UnreadableMessage(reason="torn"), Class.PERMANENT, 0),
        (_validation_error(), Class.PERMANENT, 0),
        (KeyError("x"), Class.UNKNOWN, 3),
        (django.db.IntegrityError("duplicate key"), Class.UNKNOWN, 3),
        (django.db.DataError("too long"), Class.UNKNOWN, 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_each_failure_has_its_class(error: BaseException, kind: Class, retries: int) -> None:
    disposition = classify(error)
    assert (disposition.kind, disposition.retries) == (kind, retries)


def test_the_last_retry_is_the_one_that_the_table_allows() -> None:
    unknown = classify(KeyError())
    assert [unknown.allows(attempts) for attempts in (1, 2, 3, 4)] == [True, True, True, False]
    assert not classify(Refused()).allows(1)


def test_waits_are_whole_seconds_with_full_jitter_up_to_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(random, "randint", lambda low, high: asked.append((low, high)) or high)
    waits = [classify(TimeoutError()).delay(attempts) for attempts in range(1, 10)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert {low for low, _ in asked} == {1}


def test_a_retry_after_is_obeyed() -> None:
    class Busy(Unavailable):
        """The venue is busy."""

        retry_after = 17

    assert classify(Busy()).delay(1) == 17
