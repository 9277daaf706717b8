"""People are told once of each subject, in one statement for all of them."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.notifications.handlers import tell_of_cancellation, tell_traders
from apps.notifications.models import LiveBatch, Notification
from tests.support.trades import a_cancellation, a_fill, sealed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["notifications"])]


def _requests():
    return list(OutboxMessage.objects.using("notifications").values_list("name", flat=True))


def test_each_trader_is_told_of_each_fill():
    fills = [a_fill(uuid7()) for _ in range(300)]
    events = sealed(*fills)
    tell_traders(events)
    told = {row.subject_id: row for row in Notification.objects.all()}
    assert set(told) == {fill.fill_id for fill in fills}
    assert all(told[fill.fill_id].user_id == fill.user_id for fill in fills)
    assert {row.correlation_id for row in told.values()} == {events[0].correlationid}
    assert _requests() == ["notifications.push"]


def test_the_number_of_statements_does_not_grow_with_the_number_of_fills():
    with CaptureQueriesContext(connections["notifications"]) as few:
        tell_traders(sealed(a_fill(uuid7())))
    with CaptureQueriesContext(connections["notifications"]) as many:
        tell_traders(sealed(*(a_fill(uuid7()) for _ in range(500))))
    assert len(few) == len(many)


def test_a_fill_heard_of_twice_is_told_once_and_pushed_once():
    events = sealed(a_fill(uuid7()), a_fill(uuid7()))
    tell_traders(events)
    tell_traders(events)
    assert Notification.objects.count() == 2
    assert LiveBatch.objects.count() == 1
    assert len(_requests()) == 1


def test_only_what_is_new_in_a_batch_is_added():
    first, second = sealed(a_fill(uuid7()), a_fill(uuid7()))
    tell_traders([first])
    tell_traders([first, second])
    assert Notification.objects.count() == 2
    assert len(_requests()) == 2


def test_a_fill_and_the_cancellation_of_its_rest_are_two_things():
    fill = a_fill(uuid7())
    tell_traders(sealed(fill))
    tell_of_cancellation(sealed(a_cancellation(fill.user_id, order_id=fill.fill_id)))
    assert set(Notification.objects.values_list("kind", flat=True)) == {"trade.executed", "trade.cancelled"}


def test_words_with_quotes_and_backslashes_arrive_as_they_are():
    awkward = a_fill(uuid7(), strategy="q\"uo\\te'd %s {x} ünï")
    tell_traders(sealed(awkward))
    assert Notification.objects.get().body.startswith("q\"uo\\te'd %s {x} ünï: 0.034")


def test_moments_are_the_databases_and_grow_with_the_rows():
    tell_traders(sealed(*(a_fill(uuid7()) for _ in range(50))))
    moments = list(Notification.objects.order_by("id").values_list("created_at", flat=True))
    assert moments == sorted(moments)
    assert len(set(moments)) > 1
