"""What keeps the messaging in order: periodic claims, retention, and one trace from end to end."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel import retention
from apps.kernel.bus.publisher import Publisher
from apps.kernel.clock import now
from apps.kernel.events import codec
from apps.kernel.inbox.handling import handle
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.inbox.subscriptions import Subscription
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import record
from apps.kernel.periodic.claims import claim
from apps.kernel.periodic.models import PeriodicRun
from tests.support.broker import Broker
from tests.support.events import AT, STORY, sealed, standing
from tests.support.messaging import (
    TRADING,
    Witness,
    arrived,
    deed,
    inbox,
    intake_of,
    outbox,
    recorded,
    relay_all,
    take_in_all,
)
from workers.encoding import encode_dispatch

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


def test_a_slot_is_taken_once() -> None:
    assert [claim("core.prune", slot=AT), claim("core.prune", slot=AT)] == [True, False]
    assert claim("core.prune", slot=AT + timedelta(hours=1))
    assert claim("core.sweep_inboxes", slot=AT)


def test_two_beats_at_the_same_moment_do_the_work_of_one() -> None:
    beats, results = threading.Barrier(4), []

    def beat() -> None:
        beats.wait()
        results.append(claim("core.prune", slot=AT))
        connections.close_all()

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(results) == [False, False, False, True]


def test_only_what_is_old_and_finished_is_pruned() -> None:
    old, young = now() - timedelta(days=8), now() - timedelta(days=6)
    witness = Witness()
    recorded(*[standing(number) for number in range(3)], using="default")
    for row, published in zip(outbox("default"), (old, young, None), strict=True):
        OutboxMessage.objects.using("default").filter(pk=row.pk).update(published_at=published, created_at=old)
    arrived(*[sealed(standing(number)) for number in range(4)], handler=witness.handler, using="default")
    states = [("done", old), ("done", young), ("failed", old), ("pending", None)]
    for row, (status, finished) in zip(inbox("default"), states, strict=True):
        InboxMessage.objects.using("default").filter(pk=row.pk).update(status=status, finished_at=finished)
    for number, taken in enumerate((old, young)):
        PeriodicRun.objects.create(task="core.prune", slot=AT + timedelta(hours=number), taken_at=taken)
    assert retention.prune(using="default", days=7) == 3
    assert [row.published_at for row in outbox("default")] == [young, None]
    assert [row.status for row in inbox("default")] == ["done", "failed", "pending"]
    assert [run.taken_at for run in PeriodicRun.objects.all()] == [young]


def test_pruning_goes_on_step_by_step_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 10)
    recorded(*[standing(number) for number in range(35)])
    OutboxMessage.objects.using(TRADING).update(published_at=now() - timedelta(days=8))
    assert retention.prune(using=TRADING, days=7) == 35
    assert outbox() == []


def test_one_story_from_a_request_to_the_last_event(broker: Broker) -> None:
    with tracing.bind(STORY):
        recorded(standing(1), using="default")
    relay_all(broker, "default")
    publisher = Publisher(broker.url)
    answer = deed("answer", lambda events: record(standing(2), using=TRADING))
    intake = intake_of(
        broker,
        Subscription(UserSubscriptionChanged, answer),
        dispatch=lambda dispatches: publisher.publish([encode_dispatch(one) for one in dispatches]),
    )
    take_in_all(intake, broker, "trading.events")
    publisher.close()
    (task,) = broker.take("trading")
    assert task.headers["correlation-id"] == STORY.correlation_id
    handle(answer, [row.pk for row in inbox()], using=TRADING)
    (first,), (last,) = outbox("default"), outbox()
    (envelope,) = codec.decode(last.body, content_type=codec.EVENT_CONTENT_TYPE)
    assert envelope.correlationid == STORY.correlation_id
    assert envelope.causationid == str(first.message_id)
    assert envelope.actor == STORY.actor
    assert envelope.traceparent.split("-")[1] == STORY.traceparent.split("-")[1]
