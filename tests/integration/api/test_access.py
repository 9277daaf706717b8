"""Who may knock at which door: generated from the table of addresses, so that a new door cannot be forgotten."""

import re
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from apps.kernel.observability import trace as tracing
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SAMPLE = {"uuid": str(UUID(int=7)), "int": "7"}
OPEN = {
    ("GET", "/api/v1/auth/keys"),
    ("GET", "/api/v1/plans"),
    ("GET", f"/api/v1/plans/{SAMPLE['uuid']}"),
    # Whoever knows the secret of the webhooks is let in by their signature.
    ("POST", "/api/v1/payments/webhooks"),
}
BY_TICKET = {"/api/v1/stream"}


def _patterns(patterns, prefix="/"):
    for entry in patterns:
        route = prefix + re.sub(r"^\^|\\Z$|\$$", "", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def _address(route):
    filled = re.sub(r"\(\?P<\w+>([^)]*)\)", lambda match: _matching(match[1]), route)
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLE.get(match[1] or "", "7"), filled)


def _matching(pattern):
    return next(sample for sample in SAMPLE.values() if re.fullmatch(pattern, sample))


def _methods(callback):
    if hasattr(callback, "actions"):
        return [method.upper() for method in callback.actions]
    view = getattr(callback, "cls", None)
    return [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)]


DOORS = sorted(
    (method, _address(route))
    for route, callback in _patterns(get_resolver().url_patterns)
    if route.startswith("/api/v1/")
    for method in _methods(callback)
)
CLOSED = [door for door in DOORS if door not in OPEN]


def test_the_table_of_doors_is_not_empty():
    assert ("GET", "/api/v1/notifications") in DOORS
    assert set(DOORS) >= OPEN
    assert not BY_TICKET & {address for _, address in DOORS}


@pytest.mark.parametrize(("method", "address"), CLOSED, ids=lambda part: part)
def test_a_stranger_is_asked_to_log_in(method, address):
    reply = APIClient().generic(method, address, content_type="application/json")
    assert reply.status_code == 401
    assert reply["Content-Type"] == "application/problem+json"
    assert reply["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "address"), CLOSED, ids=lambda part: part)
def test_a_forged_token_opens_nothing(method, address):
    stranger = APIClient(headers={"Authorization": "Bearer treum_forged"})
    assert stranger.generic(method, address, content_type="application/json").status_code == 401


@pytest.mark.parametrize("address", ["/health/live", "/api/schema/", "/api/docs/"])
def test_some_doors_are_open_to_everyone(client, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("method", "address", "body", "content_type", "status"),
    [
        pytest.param("GET", "/api/v1/nothing", "", "application/json", 404, id="no such address"),
        pytest.param("PUT", "/api/v1/me", "{}", "application/json", 405, id="no such method"),
        pytest.param("POST", "/api/v1/notifications/read", "{", "application/json", 400, id="broken JSON"),
        pytest.param("POST", "/api/v1/notifications/read", "[]", "application/json", 400, id="another shape"),
        pytest.param("POST", "/api/v1/notifications/read", "ids=1", "text/plain", 415, id="another media type"),
    ],
)
def test_every_mistake_is_answered_by_a_problem(method, address, body, content_type, status):
    reply = client_of(a_person()).generic(method, address, body, content_type=content_type)
    document = reply.json()
    assert reply.status_code == document["status"] == status
    assert reply["Content-Type"] == "application/problem+json"
    assert set(document) >= {"type", "title", "status", "detail", "instance", "correlation_id"}
    assert reply["X-Correlation-ID"] == document["correlation_id"]


def test_the_caller_is_the_actor_of_what_they_cause(monkeypatch):
    person = a_person()
    seen = []
    monkeypatch.setattr(
        "apps.users.api.views.profile.me", lambda user_id: seen.append(tracing.current().actor) or person
    )
    client_of(person).get("/api/v1/me")
    assert seen == [f"user:{person.pk}"]
