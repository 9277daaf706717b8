"""Where an Idempotency-Key is demanded or accepted, the gate sees to it, before the view."""

import pytest

from apps.kernel.api.errors import TYPE_PREFIX
from apps.kernel.idempotency.models import KeptAnswer
from apps.kernel.ids import uuid7
from apps.notifications.models import Notification
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "notifications", "trading"])]

ALL = "/api/v1/notifications/read-all"
MANY = "/api/v1/notifications/read"


@pytest.fixture
def person():
    return a_person()


@pytest.fixture
def told(person):
    """Tell this person so many things."""

    def tell(count):
        same = {"user_id": person.pk, "kind": "trade.executed", "batch_id": uuid7(), "data": {}}
        rows = [Notification(subject_id=uuid7(), **same) for _ in range(count)]
        Notification.objects.bulk_create(rows)

    return tell


def code_of(reply):
    return reply.json()["type"].removeprefix(TYPE_PREFIX)


def test_a_repeated_request_has_one_effect_and_one_answer(person, told):
    told(2)
    client, key = client_of(person), {"Idempotency-Key": str(uuid7())}
    first = client.post(ALL, headers=key)
    told(3)
    second = client_of(person).post(ALL, headers=key)
    assert first.json() == second.json() == {"marked": 2}
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert second["Content-Type"] == first["Content-Type"]
    assert Notification.objects.filter(user_id=person.pk, read_at=None).count() == 3


def test_without_a_key_each_request_stands_for_itself(person, told):
    told(2)
    client = client_of(person)
    assert client.post(ALL).json() == {"marked": 2}
    assert client.post(ALL).json() == {"marked": 0}
    assert KeptAnswer.objects.using("notifications").count() == 0


def test_another_body_under_the_same_key_is_refused(person):
    client, key = client_of(person), {"Idempotency-Key": "a-key"}
    client.post(MANY, {"ids": [str(uuid7())]}, headers=key)
    reply = client.post(MANY, {"ids": [str(uuid7())]}, headers=key)
    assert (reply.status_code, code_of(reply)) == (422, "idempotency_key_reused")


def test_people_do_not_share_keys(told, person):
    told(1)
    key = {"Idempotency-Key": "a-key"}
    assert client_of(a_person()).post(ALL, headers=key).json() == {"marked": 0}
    assert client_of(person).post(ALL, headers=key).json() == {"marked": 1}


@pytest.mark.parametrize("key", ["", "has space", "x" * 256, "naïve", "\x7f"])
def test_a_malformed_key_is_refused_before_anything_happens(person, told, key):
    told(1)
    reply = client_of(person).post(ALL, HTTP_IDEMPOTENCY_KEY=key)
    assert (reply.status_code, code_of(reply)) == (400, "idempotency_key_malformed")
    assert Notification.objects.filter(user_id=person.pk, read_at=None).count() == 1


def test_a_refusal_that_demands_a_key_says_so(person):
    reply = client_of(person).post(f"/api/v1/orders/{uuid7()}/cancel")
    assert (reply.status_code, code_of(reply)) == (400, "idempotency_key_required")


def test_a_stranger_learns_nothing_from_a_key(told, client):
    reply = client.post(ALL, headers={"Idempotency-Key": "a-key"})
    assert reply.status_code == 401
    assert KeptAnswer.objects.using("notifications").count() == 0


def test_a_refused_step_up_keeps_no_answer(person):
    key = {"Idempotency-Key": "a-key"}
    body = {"name": "a program", "scopes": ["signals:read"]}
    assert client_of(person).post("/api/v1/api-keys", body, headers=key).status_code == 403
    assert client_of(person, proved=True).post("/api/v1/api-keys", body, headers=key).status_code == 201


def test_allauths_routes_keep_no_answer(client):
    address = "/api/v1/auth/app/v1/auth/login"
    body = {"email": "nobody@example.com", "password": "wrong"}
    for _ in range(2):
        reply = client.post(address, body, content_type="application/json", headers={"Idempotency-Key": "a-key"})
        assert "Idempotent-Replayed" not in reply
    assert KeptAnswer.objects.using("default").count() == 0
