"""Handling: a message's effect happens once, with its mark, and a bad message harms nobody but itself."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction
from pytest_django import DjangoDbBlocker

from apps.kernel.bus.publisher import Publisher
from apps.kernel.errors import Refused
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.handling import handle, sweep
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import record
from apps.kernel.resilience import retry
from tests.support.broker import Broker
from tests.support.events import STORY, sealed, standing
from tests.support.messaging import (
    TRADING,
    Witness,
    age,
    arrived,
    deed,
    in_story,
    inbox,
    outbox,
    relay_all,
)

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

GUILTY = 13


class NotForUs(Refused):
    """Standing {version} is not for us."""


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.random, "randint", lambda low, high: high)


def _fails_on_guilty(error: Exception, effects: list[int] | None = None):
    def work(events: Sequence[Envelope[Any]]) -> None:
        for event in events:
            if event.data.standing_version == GUILTY:
                raise error
            record(event.data, using=TRADING, cause=event)
        if effects is not None:
            effects.extend(event.data.standing_version for event in events)

    return deed("update", work)


def _put(count: int, handler: Any) -> list[int]:
    return arrived(*[sealed(standing(number)) for number in range(count)], handler=handler)


def test_a_batch_is_handled_in_one_call_and_marked_done() -> None:
    calls: list[int] = []
    handler = deed("count", lambda events: calls.append(len(events)))
    ids = _put(50, handler)
    assert handle(handler, ids, using=TRADING) == 50
    assert calls == [50]
    assert {(row.status, row.attempts, row.finished_at is None) for row in inbox()} == {("done", 1, False)}


def test_what_is_done_is_not_done_again() -> None:
    witness = Witness()
    ids = _put(3, witness.handler)
    assert [handle(witness.handler, ids, using=TRADING) for _ in range(2)] == [3, 0]
    assert len(witness.seen) == 3


def test_rows_of_another_handler_are_left_alone() -> None:
    witness, other = Witness(), Witness("another")
    ids = _put(1, other.handler)
    assert handle(witness.handler, ids, using=TRADING) == 0
    assert (witness.seen, inbox()[0].status) == ([], "pending")


def test_one_guilty_among_fifty_waits_alone(broker: Broker) -> None:
    handler = _fails_on_guilty(KeyError("price"))
    ids = _put(50, handler)
    assert handle(handler, ids, using=TRADING) == 49
    (waiting,) = inbox(status="pending")
    assert (waiting.attempts, waiting.last_error, waiting.finished_at) == (1, "KeyError: 'price'", None)
    assert len(inbox(status="done")) == 49
    effects = [json.loads(row.body)["data"]["standing_version"] for row in outbox(kind="event")]
    assert sorted(effects) == [number for number in range(50) if number != GUILTY]
    (asked,) = outbox(kind="task")
    assert (asked.name, json.loads(asked.body), asked.delay_seconds) == ("trading.update", [[waiting.pk]], 2)
    assert asked.correlation_id == STORY.correlation_id


def test_the_wait_is_held_by_the_broker(broker: Broker) -> None:
    handler = _fails_on_guilty(KeyError())
    handle(handler, arrived(sealed(standing(GUILTY)), handler=handler), using=TRADING)
    relay_all(broker)
    assert broker.depth("trading") == 0
    assert sum(broker.depth(f"celery_delayed_{level}") for level in range(28)) == 1


def test_an_effect_rolls_back_with_its_event() -> None:
    def record_and_fail(events: Sequence[Envelope[Any]]) -> None:
        record(*[event.data for event in events], using=TRADING)
        raise KeyError

    handler = deed("update", record_and_fail)
    handle(handler, _put(4, handler), using=TRADING)
    assert outbox(kind="event") == []


def test_a_broken_constraint_harms_only_its_own_message() -> None:
    def insert(events: Sequence[Envelope[Any]]) -> None:
        with connections[TRADING].cursor() as cursor:
            for event in events:
                text = None if event.data.standing_version == GUILTY else "{}"
                statement = """INSERT INTO outbox_message (message_id, kind, name, body, correlation_id, actor)
                               VALUES (gen_random_uuid(), 'event', 'effect', %s, 'c', 'a')"""
                cursor.execute(statement, [text])

    handler = deed("update", insert)
    assert handle(handler, _put(20, handler), using=TRADING) == 19
    assert len(outbox(name="effect")) == 19
    assert inbox(status="pending")[0].last_error.startswith(f"{IntegrityError.__name__}: null value in column")


def test_a_refusal_is_final_and_dies_with_its_sentence() -> None:
    handler = _fails_on_guilty(NotForUs(version=GUILTY))
    handle(handler, _put(20, handler), using=TRADING)
    (failed,) = inbox(status="failed")
    assert (failed.attempts, failed.last_error) == (1, "Standing 13 is not for us.")
    assert outbox(kind="task") == []
    (letter,) = outbox(kind="dead_letter")
    assert (str(letter.message_id), letter.name, letter.body) == (failed.message_id, "trading.events", failed.body)
    assert letter.headers == {
        "x-treum-handler": "trading.update",
        "x-treum-content-type": "application/cloudevents+json",
        "x-treum-type": "user.subscription.changed",
        "x-treum-error-class": "NotForUs",
        "x-treum-error": "Standing 13 is not for us.",
        "x-treum-attempts": 1,
    }


def test_the_unknown_gets_three_more_tries_and_its_attempts_survive() -> None:
    handler = _fails_on_guilty(KeyError("x"))
    ids = arrived(sealed(standing(GUILTY)), handler=handler)
    seen = []
    for _ in range(5):
        handle(handler, ids, using=TRADING)
        (row,) = inbox()
        seen.append((row.status, row.attempts))
    assert seen == [("pending", 1), ("pending", 2), ("pending", 3), ("failed", 4), ("failed", 4)]
    assert [row.delay_seconds for row in outbox(kind="task")] == [2, 4, 8]
    assert len(outbox(kind="dead_letter")) == 1


def test_weather_that_is_not_the_databases_waits_on_its_own_row() -> None:
    handler = _fails_on_guilty(TimeoutError("the venue is slow"))
    ids = arrived(sealed(standing(GUILTY)), handler=handler)
    for _ in range(9):
        handle(handler, ids, using=TRADING)
    (row,) = inbox()
    assert (row.status, row.attempts, row.last_error) == ("failed", 9, "TimeoutError: the venue is slow")


def test_weather_of_the_database_is_left_to_the_caller_and_nothing_is_kept() -> None:
    handler = _fails_on_guilty(OperationalError("deadlock detected"))
    ids = _put(20, handler)
    with pytest.raises(OperationalError, match="deadlock"):
        handle(handler, ids, using=TRADING)
    assert {(row.status, row.attempts) for row in inbox()} == {("pending", 0)}
    assert outbox() == []


def test_a_sentence_with_a_nul_can_be_kept() -> None:
    handler = _fails_on_guilty(ValueError("a\0b"))
    handle(handler, arrived(sealed(standing(GUILTY)), handler=handler), using=TRADING)
    assert inbox()[0].last_error == "ValueError: a\ufffdb"


def test_two_workers_at_once_do_it_once(django_db_blocker: DjangoDbBlocker) -> None:
    inside, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def slowly(events: Sequence[Envelope[Any]]) -> None:
        inside.set()
        assert go_on.wait(10)
        done.extend(event.data.standing_version for event in events)

    handler = deed("update", slowly)
    ids = _put(5, handler)

    def first() -> None:
        handle(handler, ids, using=TRADING)
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    assert handle(handler, ids, using=TRADING) == 0
    go_on.set()
    thread.join(10)
    assert done == list(range(5))
    assert {row.status for row in inbox()} == {"done"}


def test_a_worker_that_dies_inside_its_transaction_leaves_the_rows_to_another() -> None:
    witness = Witness()
    ids = _put(2, witness.handler)

    class Killed(BaseException):
        pass

    def die(events: Sequence[Envelope[Any]]) -> None:
        record(standing(), using=TRADING)
        raise Killed

    with pytest.raises(Killed):
        handle(deed("remember", die), ids, using=TRADING)
    assert ({row.status for row in inbox()}, outbox()) == ({"pending"}, [])
    assert handle(witness.handler, ids, using=TRADING) == 2


def test_a_handler_goes_on_in_the_story_of_its_events() -> None:
    seen: list[tracing.Trace] = []
    handler = deed("update", lambda events: seen.append(tracing.current()))
    first, second = sealed(standing(1)), sealed(standing(2))
    handle(handler, arrived(first, second, handler=handler), using=TRADING)
    (trace,) = seen
    assert (trace.correlation_id, trace.causation_id, trace.actor) == (
        STORY.correlation_id, str(first.id), STORY.actor,
    )  # fmt: skip
    assert trace.traceparent.split("-")[1] == STORY.traceparent.split("-")[1]
    assert trace.traceparent != STORY.traceparent


def test_events_of_several_stories_are_not_put_into_one() -> None:
    seen: list[str] = []
    handler = deed("update", lambda events: seen.append(tracing.current().correlation_id))
    pair = [in_story(sealed(standing(number)), f"story-{number}") for number in range(2)]
    handle(handler, arrived(*pair, handler=handler), using=TRADING)
    assert seen[0] not in {"story-0", "story-1"}


def test_the_sweep_asks_again_for_what_nobody_handled() -> None:
    witness = Witness()
    ids = _put(3, witness.handler)
    age(inbox(), seconds=61)
    assert sweep(using=TRADING) == 3
    (asked,) = outbox(kind="task")
    assert (asked.name, json.loads(asked.body)) == ("trading.remember", [ids])
    assert sweep(using=TRADING) == 0


def test_the_sweep_is_patient() -> None:
    witness = Witness()
    _put(3, witness.handler)
    age(inbox(), seconds=55)
    assert (sweep(using=TRADING), outbox()) == (0, [])


def test_the_sweep_leaves_a_postponed_message_its_wait() -> None:
    handler = _fails_on_guilty(KeyError())
    handle(handler, arrived(sealed(standing(GUILTY)), handler=handler), using=TRADING)
    age(inbox(), seconds=61)
    assert sweep(using=TRADING) == 0
    age(inbox(), seconds=62)
    assert sweep(using=TRADING) == 1


def test_the_sweep_leaves_done_and_failed_messages_alone() -> None:
    witness, refuse = Witness(), _fails_on_guilty(NotForUs(version=GUILTY))
    handle(witness.handler, _put(2, witness.handler), using=TRADING)
    handle(refuse, arrived(sealed(standing(GUILTY)), handler=refuse), using=TRADING)
    age(inbox(), seconds=3600)
    assert sweep(using=TRADING) == 0


def test_two_sweeps_at_once_ask_once() -> None:
    witness = Witness()
    _put(1, witness.handler)
    age(inbox(), seconds=61)
    swept: list[int] = []

    def other() -> None:
        swept.append(sweep(using=TRADING))
        connections.close_all()

    with transaction.atomic(using=TRADING):
        assert sweep(using=TRADING) == 1
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
    assert swept == [0]


def test_a_finished_row_knows_when() -> None:
    witness = Witness()
    handle(witness.handler, _put(1, witness.handler), using=TRADING)
    row = InboxMessage.objects.using(TRADING).get()
    assert row.received_at < row.finished_at <= datetime.now(UTC)


def test_a_publisher_without_messages_says_nothing(broker: Broker) -> None:
    publisher = Publisher(broker.url)
    assert publisher.publish([]) == {}
    publisher.close()
