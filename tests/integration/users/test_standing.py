"""A change of standing is stored and told in one go, for one person or for thousands."""

import pytest

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.users.enums import StandingStatus
from apps.users.models import Standing
from apps.users.services import change_standing, create_users
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FEATURES = {"signals.realtime": True, "trading.auto_execute": True}


def _told():
    rows = OutboxMessage.objects.using("default").order_by("id")
    return [
        event
        for row in rows
        for event in codec.decode(row.body, content_type=codec.BATCH_CONTENT_TYPE)
        if isinstance(event.data, UserSubscriptionChanged)
    ]


def test_everyone_gets_the_plan_and_one_event():
    people = create_users([f"follower{n}@seed.example" for n in range(600)])
    assert change_standing(people, plan="pro", features=FEATURES) == 600
    assert Standing.objects.filter(plan="pro", version=1, status="active").count() == 600
    assert {event.data.user_id for event in _told()} == set(people)
    assert OutboxMessage.objects.using("default").count() == 3
    assert all(event.data.features == FEATURES and event.sequence == "1" for event in _told())


def test_the_same_standing_again_is_told_to_nobody():
    people = create_users(["a@seed.example", "b@seed.example"])
    change_standing(people, plan="pro", features=FEATURES)
    assert change_standing(people, plan="pro", features=FEATURES) == 0
    assert len(_told()) == 2


def test_each_change_has_a_version_of_its_own():
    (person,) = create_users(["a@seed.example"])
    change_standing([person], plan="pro", features=FEATURES)
    change_standing([person], plan="free", features={}, status=StandingStatus.CANCELED)
    assert [event.data.standing_version for event in _told()] == [1, 2]
    assert _told()[-1].data.features == {}
    assert Standing.objects.get(pk=person).version == 2


def test_people_we_do_not_know_are_passed_over():
    assert change_standing([uuid7()], plan="pro", features=FEATURES) == 0
    assert change_standing([], plan="pro", features=FEATURES) == 0
    assert _told() == []


def test_me_shows_how_i_stand():
    person = a_person()
    assert client_of(person).get("/api/v1/me").json()["standing"] is None
    change_standing([person.pk], plan="pro", features=FEATURES)
    assert client_of(person).get("/api/v1/me").json()["standing"] == {
        "plan": "pro",
        "status": "active",
        "features": FEATURES,
        "valid_until": None,
        "current_period_end": None,
        "cancel_at_period_end": False,
    }
