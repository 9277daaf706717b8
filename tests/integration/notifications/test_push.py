"""The live push: everything once to those who listen, nothing lost while Redis is away."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.redis_client import client
from apps.notifications import services, streams
from apps.notifications.errors import LivePushUnavailable
from apps.notifications.handlers import tell_traders
from apps.notifications.models import LiveBatch, Notification
from tests.support.trades import a_fill, sealed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["notifications"])]


def _tell(*fills):
    tell_traders(sealed(*fills))
    return LiveBatch.objects.latest("created_at").pk


def _entries(user_id):
    return [json.loads(fields["data"]) for _, fields in client().xrange(streams.key_of(user_id))]


@pytest.fixture
def listener():
    user_id = uuid7()
    services.issue_ticket(user_id)
    yield user_id
    client().delete(streams.key_of(user_id), streams.listener_key_of(user_id))


def test_a_listener_gets_each_notification_in_order(listener):
    fills = [a_fill(listener) for _ in range(3)]
    assert services.push(_tell(*fills)) == 3
    entries = _entries(listener)
    assert [entry["subject_id"] for entry in entries] == [str(fill.fill_id) for fill in fills]
    row = Notification.objects.get(subject_id=fills[0].fill_id)
    assert entries[0]["id"] == str(row.pk)
    assert entries[0]["created_at"].endswith("Z")
    assert entries[0]["data"] == row.data


def test_who_does_not_listen_costs_nothing(listener):
    absent = uuid7()
    assert services.push(_tell(a_fill(absent), a_fill(listener))) == 1
    assert not client().exists(streams.key_of(absent))


def test_pushing_again_adds_nothing(listener):
    batch = _tell(a_fill(listener))
    assert services.push(batch) == 1
    assert services.push(batch) == 0
    assert len(_entries(listener)) == 1


def test_a_push_that_died_before_it_was_noted_adds_nothing_twice(listener):
    batch = _tell(*(a_fill(listener) for _ in range(3)))
    services.push(batch)
    LiveBatch.objects.filter(pk=batch).update(pushed_at=None)
    assert services.push(batch) == 0
    assert len(_entries(listener)) == 3


def test_a_batch_larger_than_a_page_is_pushed_whole(listener, monkeypatch):
    monkeypatch.setattr("apps.notifications.services.pushing.ENTRIES_PER_SCRIPT", 4)
    assert services.push(_tell(*(a_fill(listener) for _ in range(10)))) == 10


def test_a_stream_keeps_about_as_many_entries_as_it_may_and_expires(listener, settings):
    settings.TREUM_NOTIFICATIONS_STREAM_LENGTH = 100
    services.push(_tell(*(a_fill(listener) for _ in range(450))))
    assert 100 <= client().xlen(streams.key_of(listener)) < 300
    assert 0 < client().ttl(streams.key_of(listener)) <= streams.kept_seconds()


def test_an_unknown_batch_is_nothing_to_do():
    assert services.push(uuid7()) == 0


def test_without_redis_the_batch_waits(listener, monkeypatch):
    batch = _tell(a_fill(listener))

    def away(*args, **kwargs):
        raise RedisConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(streams, "listeners", away)
        with pytest.raises(LivePushUnavailable):
            services.push(batch)
    assert LiveBatch.objects.get(pk=batch).pushed_at is None
    assert services.push(batch) == 1


def test_the_sweeper_asks_again_for_what_was_never_pushed_and_only_once_in_a_while(listener):
    batch = _tell(a_fill(listener))
    assert services.sweep_live_batches() == 0
    LiveBatch.objects.filter(pk=batch).update(asked_at=Now() - timedelta(minutes=11))
    OutboxMessage.objects.using("notifications").all().delete()
    assert services.sweep_live_batches() == 1
    assert services.sweep_live_batches() == 0
    request = OutboxMessage.objects.using("notifications").get()
    assert (request.name, json.loads(request.body)) == ("notifications.push", [str(batch)])


def test_the_sweeper_forgets_batches_pushed_a_day_ago(listener):
    batch = _tell(a_fill(listener))
    LiveBatch.objects.filter(pk=batch).update(pushed_at=Now() - timedelta(days=2))
    services.sweep_live_batches()
    assert not LiveBatch.objects.filter(pk=batch).exists()
    assert Notification.objects.filter(batch_id=batch).exists()
