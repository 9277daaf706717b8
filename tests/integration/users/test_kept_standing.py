"""How people stand is kept, and shown anew as soon as its change was handled."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.kernel.caching import kept as caching
from apps.kernel.caching.kept import Keeper
from apps.kernel.events import codec
from apps.kernel.outbox.models import OutboxMessage
from apps.users.handlers import forget_standings
from apps.users.selectors import standing_of
from apps.users.services import change_standing
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def kept(settings, monkeypatch):
    """Switch caching on, in a process that keeps nothing yet. The names of people are new in each test."""
    settings.TREUM_CACHE_SECONDS = 30.0
    keeper = Keeper()
    monkeypatch.setattr(caching, "_keeper", keeper)
    yield keeper
    keeper.stop()


def handle_what_was_told():
    for row in OutboxMessage.objects.using("default").filter(name="user.subscription.changed"):
        content_type = codec.BATCH_CONTENT_TYPE if row.event_count > 1 else codec.EVENT_CONTENT_TYPE
        forget_standings(codec.decode(row.body.encode(), content_type=content_type))


def test_a_change_of_plan_is_shown_to_all_whom_it_concerns(kept):
    people = [a_person() for _ in range(3)]
    clients = [client_of(person) for person in people]
    assert [client.get("/api/v1/me").json()["standing"] for client in clients] == [None] * 3
    change_standing([person.pk for person in people], plan="pro", features={"signals.realtime": True})
    assert standing_of(people[0].pk) is None
    handle_what_was_told()
    shown = [client.get("/api/v1/me").json()["standing"] for client in clients]
    assert [(one["plan"], one["features"]) for one in shown] == [("pro", {"signals.realtime": True})] * 3


def test_features_are_asked_of_the_database_once(kept):
    person = a_person()
    change_standing([person.pk], plan="pro", features={"signals.delay_minutes": 0})
    first = standing_of(person.pk)
    with CaptureQueriesContext(connection) as queries:
        assert standing_of(person.pk) == first
    assert len(queries) == 0


def test_the_answer_is_the_same_with_and_without_a_cache(kept, settings):
    person = a_person()
    client = client_of(person)
    change_standing([person.pk], plan="pro", features={"a": 1, "b": "two", "c": False}, valid_until=person.created_at)
    answers = [client.get("/api/v1/me").content for _ in range(2)]
    settings.TREUM_CACHE_SECONDS = 0.0
    assert {*answers, client.get("/api/v1/me").content} == {answers[0]}


def test_nobody_s_standing_is_taken_for_another_s(kept):
    assert standing_of(uuid4()) is None
    person = a_person()
    change_standing([person.pk], plan="pro", features={})
    assert standing_of(person.pk).plan == "pro"
    assert standing_of(uuid4()) is None
