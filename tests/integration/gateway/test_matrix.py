"""Every route × everyone who may knock: generated from the table of addresses and held against the table of rules."""

import re

import pytest
from rest_framework.test import APIClient

from apps.kernel.gateway.policy import Idempotency, Who, rules_of
from apps.kernel.gateway.scopes import Scope
from apps.users.services import create_key
from tests.support.belongings import belongings, published
from tests.support.people import a_person, an_address, client_of
from tests.support.routes import routes
from tests.support.undone import undone
from treum_project import openapi
from treum_project.openapi.examples import resolved
from treum_project.policy import POLICY

DATABASES = ["default", "payments", "education", "signals", "trading", "notifications"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=DATABASES)]

EVERYONES = ("signals", "strategies", "instruments", "plans")
NOT_YET_MADE = "export-archive"
IN_ANOTHER_PROCESS = "stream"

TABLE = routes()
API = [route for route in TABLE if not route.name.startswith("admin:")]
ADMIN = [route for route in TABLE if route.name.startswith("admin:")]


def rows(*who):
    """Return a line for each method of each route that these may use."""
    return [
        (route, method, rule)
        for route in API
        for method, rule in rules_of(route.name).items()
        if rule.who in who and route.name != IN_ANOTHER_PROCESS
    ]


@pytest.fixture
def owner(tmp_path):
    """Someone who has one thing of each kind."""
    published(tmp_path)
    return belongings()


def knock(client, owner, route, method, rule):
    """Return the answer to one request for the owner's things, which leaves no trace."""
    path = route.path.format(*owner.ids_at(route.path))
    headers = {"Idempotency-Key": "matrix-1"} if rule.idempotency is Idempotency.REQUIRED else {}
    with undone(DATABASES):
        return client.generic(method, path, "{}", content_type="application/json", headers=headers)


def wrong(found, is_right):
    """Return what was answered otherwise than it should have been."""
    return [
        f"{method} {route.name}: {answer.status_code}"
        for route, method, rule, answer in found
        if not is_right(route, rule, answer)
    ]


def knocks(client, owner, found):
    return [(route, method, rule, knock(client, owner, route, method, rule)) for route, method, rule in found]


def code_of(answer):
    return answer.json()["type"].rpartition(":")[2]


def a_key_of(person, *scopes):
    made = create_key(person.pk, name="Robot", scopes=scopes)
    return APIClient(REMOTE_ADDR=an_address(), headers={"X-API-Key": made.text})


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.name)
def test_each_route_has_a_line_in_the_policy(route):
    rules = rules_of(route.name)
    assert rules, f"{route.name} at {route.path} has no line in treum_project/policy.py."
    if not route.name.startswith(("admin:", "headless:")):
        assert set(route.methods()) <= set(rules), f"A method of {route.name} has no line in treum_project/policy.py."


def test_a_route_without_a_line_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr("tests.integration.gateway.test_matrix.rules_of", lambda name: {})
    with pytest.raises(AssertionError, match="signal-list at /api/v1/signals has no line"):
        test_each_route_has_a_line_in_the_policy(next(route for route in TABLE if route.name == "signal-list"))


def test_the_policy_has_no_line_for_a_route_that_is_gone():
    known = {route.name for route in TABLE} | {"admin:*", IN_ANOTHER_PROCESS}
    assert set(POLICY) <= known


def test_the_anonymous_are_asked_to_log_in(owner):
    found = knocks(APIClient(REMOTE_ADDR=an_address()), owner, rows(Who.USER, Who.STAFF))
    assert len(found) > 50
    assert (
        wrong(found, lambda route, rule, answer: answer.status_code == 401 and code_of(answer) == "login_required")
        == []
    )


def test_the_anonymous_pass_where_everyone_may(owner):
    found = knocks(APIClient(REMOTE_ADDR=an_address()), owner, rows(Who.PUBLIC))
    ready_or_not = {"health-ready": (200, 503)}
    assert wrong(found, lambda route, rule, answer: answer.status_code in ready_or_not.get(route.name, (200,))) == []


def test_nobody_gets_to_what_is_not_offered(owner):
    found = rows(Who.NOBODY)
    for client in (APIClient(REMOTE_ADDR=an_address()), client_of(owner.person, proved=True)):
        assert wrong(knocks(client, owner, found), lambda route, rule, answer: answer.status_code == 404) == []


def is_let_in(route, rule, answer):
    """A person's own things are there, and what is wrong with an empty body is said by the view, not by the gate."""
    if rule.who is Who.STAFF:
        return answer.status_code == 403
    if route.name == NOT_YET_MADE:
        return answer.status_code == 409
    return answer.status_code in (200, 201, 202, 204, 400, 409, 415, 422)


def test_people_get_to_their_own(owner):
    found = knocks(client_of(owner.person, proved=True), owner, rows(Who.USER, Who.STAFF))
    assert wrong(found, is_let_in) == []
    reads = [
        entry for entry in found if entry[1] == "GET" and entry[0].name != NOT_YET_MADE and entry[2].who is Who.USER
    ]
    assert wrong(reads, lambda route, rule, answer: answer.status_code == 200 or route.name == "candle-list") == []


def test_whoever_has_not_just_proved_who_they_are_is_asked_to(owner):
    found = [row for row in rows(Who.USER, Who.STAFF) if row[2].step_up]
    assert found
    answers = knocks(client_of(a_person(is_staff=True)), owner, found)
    assert wrong(answers, lambda route, rule, answer: code_of(answer) == "reauthentication_required") == []


def is_blind(owner):
    """Return a check: what belongs to someone else is not there, and is in no list."""
    own = {start: known for start, known in owner.ids.items() if start not in (*EVERYONES, "me/consents")}
    told = [f'"{known}"' for known in own.values() if not known.isdecimal()]

    def check(route, rule, answer):
        path = route.path.removeprefix("/api/v1/")
        if "{}" in path and any(path.startswith(start) for start in own):
            return answer.status_code == 404
        text = answer.content.decode()
        return answer.status_code < 500 and not any(known in text for known in told)

    return check


@pytest.mark.parametrize("is_staff", [False, True], ids=["another person", "staff"])
def test_others_things_do_not_exist(owner, is_staff):
    stranger = client_of(a_person(is_staff=is_staff), proved=True)
    found = knocks(stranger, owner, rows(Who.USER))
    assert wrong(found, is_blind(owner)) == []


def test_staff_pass_where_staff_may(owner):
    found = knocks(client_of(a_person(is_staff=True, is_superuser=True), proved=True), owner, rows(Who.STAFF))
    assert len(found) >= 10
    assert wrong(found, lambda route, rule, answer: answer.status_code not in (401, 403)) == []


def test_a_key_without_the_scope_is_refused_everywhere(owner):
    for route, method, rule in rows(Who.USER, Who.STAFF):
        others = [scope for scope in Scope if scope is not rule.scope]
        with undone(DATABASES):
            answer = knock(a_key_of(owner.person, *others), owner, route, method, rule)
        expected = "keys_not_accepted" if rule.scope is None else "scope_missing"
        assert (answer.status_code, code_of(answer)) == (403, expected), f"{method} {route.name}"


def test_a_key_with_the_scope_passes(owner):
    for route, method, rule in rows(Who.USER):
        if rule.scope is None:
            continue
        with undone(DATABASES):
            answer = knock(a_key_of(owner.person, rule.scope), owner, route, method, rule)
        assert is_let_in(route, rule, answer), f"{method} {route.name}: {answer.status_code}"


def test_a_key_of_another_finds_nothing_of_ones_own(owner):
    stranger = a_key_of(a_person(), *Scope)
    found = knocks(stranger, owner, [row for row in rows(Who.USER) if row[2].scope is not None])
    assert wrong(found, is_blind(owner)) == []


def test_what_guards_itself_answers_as_it_says(owner):
    """allauth's routes ask for credentials by themselves: their answers are those of the document, and no other."""
    found = [row for row in rows(Who.GUARDED) if row[0].name.startswith("headless:")]
    assert len(found) > 20
    for client in (APIClient(REMOTE_ADDR=an_address()), client_of(owner.person), client_of(a_person(), proved=True)):
        assert wrong(knocks(client, owner, found), is_described) == []


def is_described(route, rule, answer):
    document = openapi.document()
    operation = document["paths"][route.path][answer.request["REQUEST_METHOD"].lower()]
    reply = operation["responses"].get(str(answer.status_code))
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    return reply is not None and (not answer.content or media_type in resolved(reply, document).get("content", {}))


def test_only_staff_get_into_the_admin(client):
    """The admin knows staff by its own session; tokens of the API open nothing there."""
    staff, person = a_person(is_staff=True, is_superuser=True), a_person()
    for route in ADMIN:
        if route.name in ("admin:login", "admin:logout", "admin:jsi18n"):
            continue
        path = re.sub("{}", "7", route.path)
        client.logout()
        for outsider in (client, client_of(staff), client_of(person)):
            answer = outsider.get(path)
            assert answer.status_code == 302, f"{route.name}: {answer.status_code}"
            assert answer["Location"].startswith("/admin/login/"), route.name
        client.force_login(staff, backend="apps.users.backends.GuardedBackend")
        answer = client.get(path)
        assert answer.status_code in (200, 301, 302, 403, 404), f"{route.name}: {answer.status_code}"
        assert not answer.headers.get("Location", "").startswith("/admin/login/"), route.name
