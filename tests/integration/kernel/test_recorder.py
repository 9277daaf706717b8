"""Recording: only inside the transaction of the change, in one statement, in messages of bounded size."""

import json

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.kernel.databases import DatabaseNotNamed
from apps.kernel.events import codec
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.errors import MixedBatch, OutsideTransaction
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import record, record_batches, request
from tests.support.events import AT, STORY, bar, sealed, signal, standing
from tests.support.messaging import outbox, recorded

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


def _record() -> None:
    record(standing(), using="trading")


def _record_batches() -> None:
    record_batches([standing()], using="trading")


def _request() -> None:
    request("trading.count", using="trading")


@pytest.mark.parametrize("say", [_record, _record_batches, _request])
def test_nothing_is_recorded_outside_a_transaction(say) -> None:
    with pytest.raises(OutsideTransaction, match="Nothing can be recorded in database 'trading' outside a transaction"):
        say()
    assert outbox() == []


@pytest.mark.parametrize("say", [_record, _record_batches, _request])
def test_a_transaction_of_another_database_does_not_count(say) -> None:
    with transaction.atomic(using="default"), pytest.raises(OutsideTransaction):
        say()
    assert outbox() == outbox("default") == []


def test_the_outbox_is_never_reached_without_naming_its_database() -> None:
    with pytest.raises(DatabaseNotNamed):
        OutboxMessage.objects.count()


def test_what_is_rolled_back_was_never_said() -> None:
    with transaction.atomic(using="trading"):
        record(standing(), using="trading")
        transaction.set_rollback(True, using="trading")
    assert outbox() == []


@pytest.mark.parametrize("count", [1, 500])
def test_any_number_of_events_is_one_insert(count: int) -> None:
    with transaction.atomic(using="trading"), CaptureQueriesContext(connections["trading"]) as queries:
        record(*[standing(number) for number in range(count)], using="trading")
    assert [query["sql"].split(" (")[0] for query in queries] == ['INSERT INTO "outbox_message"']
    assert len(outbox()) == count


def test_a_row_is_the_finished_message() -> None:
    with tracing.bind(STORY):
        recorded(signal(), expires_at=AT)
    (row,) = outbox()
    (envelope,) = codec.decode(row.body, content_type=codec.EVENT_CONTENT_TYPE)
    assert (envelope.id, envelope.data, envelope.expirytime) == (row.message_id, signal(), AT)
    assert (row.kind, row.name, row.event_version, row.event_count) == ("event", "signal.generated", 1, 1)
    assert (row.partition_key, row.expires_at) == ("sma_cross_20_50/BTC-USDT", AT)
    assert (row.correlation_id, row.traceparent, row.actor) == ("story-0001", STORY.traceparent, "service:tests")
    assert (row.published_at, row.claimed_until, row.attempts) == (None, None, 0)


def test_a_cause_gives_its_story_and_its_id() -> None:
    cause = sealed(standing())
    with tracing.bind(tracing.fresh()):
        recorded(standing(2), cause=cause)
    (row,) = outbox()
    assert (row.correlation_id, row.causation_id, row.actor) == ("story-0001", str(cause.id), "service:tests")
    assert row.traceparent.split("-")[1] == STORY.traceparent.split("-")[1]


def test_a_given_trace_wins_over_the_current_one() -> None:
    with tracing.bind(tracing.fresh()):
        recorded(standing(), trace=STORY)
    assert outbox()[0].correlation_id == "story-0001"


def _batches(*events) -> list[OutboxMessage]:
    with transaction.atomic(using="trading"):
        record_batches(events, using="trading")
    return outbox()


def test_a_batch_splits_at_250_events() -> None:
    rows = _batches(*[standing(number) for number in range(501)])
    assert [row.event_count for row in rows] == [250, 250, 1]
    events = [event for row in rows for event in codec.decode(row.body, content_type=codec.BATCH_CONTENT_TYPE)]
    assert [event.data.standing_version for event in events] == list(range(501))
    assert len({row.message_id for row in rows} | {event.id for event in events}) == 504


def test_a_batch_splits_at_256_kilobytes() -> None:
    rows = _batches(*[signal(analysis="x" * 10_000, sequence=number) for number in range(100)])
    assert max(len(row.body) for row in rows) <= 256 * 1024
    assert sum(row.event_count for row in rows) == 100
    assert len(rows) < 10
    assert [event["sequence"] for row in rows for event in json.loads(row.body)] == [str(n) for n in range(100)]


def test_an_event_larger_than_a_batch_travels_alone() -> None:
    rows = _batches(signal(analysis="x" * 300_000), signal())
    assert [row.event_count for row in rows] == [1, 1]


def test_a_batch_of_several_types_is_refused() -> None:
    with pytest.raises(MixedBatch, match=r"this one has market.bar.closed, user.subscription.changed"):
        _batches(standing(), bar())
    assert outbox() == []


def test_nothing_to_say_is_no_row() -> None:
    assert _batches() == []


def test_a_task_request_keeps_its_arguments_and_delay() -> None:
    with tracing.bind(STORY), transaction.atomic(using="trading"):
        request("trading.execute_batch", 7, [1, 2], using="trading", delay=30)
    (row,) = outbox()
    assert (row.kind, row.name, json.loads(row.body), row.delay_seconds) == (
        "task", "trading.execute_batch", [7, [1, 2]], 30,
    )  # fmt: skip
    assert row.correlation_id == "story-0001"
