"""Whom the gate lets in, what it answers to the others, and that trying costs."""

import io
import json

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db import DEFAULT_DB_ALIAS, OperationalError, transaction
from django.test import Client
from rest_framework.test import APIClient, APIRequestFactory

from apps.kernel.api.errors import TYPE_PREFIX
from apps.kernel.gateway.authentication import LetInByGate
from apps.kernel.gateway.principal import Means, Principal
from apps.kernel.ids import uuid7
from tests.support.doors import EchoView
from tests.support.people import PASSWORD, a_person, an_address, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def stranger():
    return APIClient(REMOTE_ADDR=an_address(), raise_request_exception=False)


@pytest.fixture
def program(monkeypatch):
    """Make a client that calls with a key of these scopes."""

    def with_scopes(*scopes, person=None):
        principal = Principal(
            user=person or a_person(), means=Means.API_KEY, credential_id=uuid7(), scopes=frozenset(scopes)
        )
        monkeypatch.setattr("apps.users.doorkeeper.UsersDoorkeeper.principal_of", lambda self, request: principal)
        return APIClient(REMOTE_ADDR=an_address())

    return with_scopes


def problem_of(reply):
    document = reply.json()
    assert reply["Content-Type"] == "application/problem+json"
    assert document["status"] == reply.status_code
    assert document["instance"] == reply.request["PATH_INFO"]
    return document["type"].removeprefix(TYPE_PREFIX)


@pytest.mark.usefixtures("doors")
class TestWhoPasses:
    def test_a_person_passes_and_is_known_behind_the_gate(self):
        person = a_person()
        reply = client_of(person).get("/api/echo")
        assert reply.status_code == 200
        assert reply.json()["user"] == str(person.pk)
        assert reply["Cache-Control"] == "no-store"

    def test_a_stranger_is_asked_to_log_in(self, stranger):
        reply = stranger.get("/api/echo")
        assert (reply.status_code, problem_of(reply)) == (401, "login_required")
        assert reply["WWW-Authenticate"] == 'Bearer realm="treum"'

    def test_a_bad_token_is_named_as_one(self, stranger):
        reply = stranger.get("/api/echo", headers={"Authorization": "Bearer forged"})
        assert (reply.status_code, problem_of(reply)) == (401, "bad_credentials")
        assert reply["WWW-Authenticate"].endswith('error="invalid_token"')

    def test_a_route_without_a_rule_is_refused_to_everyone(self, caplog):
        reply = client_of(a_person(is_staff=True)).get("/api/forgotten")
        assert (reply.status_code, problem_of(reply)) == (403, "denied")
        assert "gateway.no_rule" in caplog.text

    def test_a_route_that_a_library_brought_does_not_exist(self):
        reply = client_of(a_person()).get("/api/closed")
        assert (reply.status_code, problem_of(reply)) == (404, "not_found")

    @pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "BREW"])
    def test_another_method_is_told_which_there_are(self, method, stranger):
        reply = stranger.generic(method, "/api/echo")
        assert (reply.status_code, problem_of(reply)) == (405, "method_not_allowed")
        assert reply["Allow"] == "GET, POST"

    def test_head_passes_where_get_does(self, stranger):
        assert client_of(a_person()).head("/api/echo").status_code == 200
        assert stranger.head("/api/echo").status_code == 401

    def test_staff_pass_where_others_do_not(self):
        assert client_of(a_person(is_staff=True)).get("/api/staff").status_code == 200
        reply = client_of(a_person()).get("/api/staff")
        assert (reply.status_code, problem_of(reply)) == (403, "denied")

    def test_a_key_of_staff_is_no_member_of_staff(self, program):
        reply = program("account:read", person=a_person(is_staff=True)).get("/api/staff")
        assert (reply.status_code, problem_of(reply)) == (403, "keys_not_accepted")

    def test_a_key_needs_the_scope_of_the_rule(self, program):
        assert program("account:read").get("/api/echo").status_code == 200
        reply = program("signals:read").get("/api/echo")
        assert (reply.status_code, problem_of(reply)) == (403, "scope_missing")
        assert "account:read" in reply.json()["detail"]

    def test_no_key_passes_where_a_rule_names_no_scope(self, program):
        reply = program("account:read", "trading:write").get("/api/people")
        assert (reply.status_code, problem_of(reply)) == (403, "keys_not_accepted")

    def test_a_view_that_nobody_guards_lets_nobody_in(self):
        request = APIRequestFactory().get("/api/echo")
        assert EchoView.as_view(permission_classes=[LetInByGate])(request).status_code == 401


@pytest.mark.usefixtures("doors")
class TestStepUp:
    def test_a_fresh_proof_passes(self):
        assert client_of(a_person(), proved=True).get("/api/fresh").status_code == 200

    def test_without_one_the_caller_is_told_where_to_give_it(self):
        reply = client_of(a_person()).get("/api/fresh")
        assert (reply.status_code, problem_of(reply)) == (403, "reauthentication_required")
        assert "/api/v1/auth/app/v1/auth/reauthenticate" in reply.json()["detail"]

    def test_an_old_proof_is_none(self, settings):
        client = client_of(a_person(), proved=True)
        settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
        assert client.get("/api/fresh").status_code == 403

    def test_a_key_never_proves_anything(self, program):
        reply = program("account:read").get("/api/fresh")
        assert (reply.status_code, problem_of(reply)) == (403, "keys_not_accepted")


class TestRates:
    def test_each_answer_says_how_its_scarcest_bucket_stands(self, doors):
        doors.narrow("read", burst=7)
        reply = client_of(a_person()).get("/api/echo")
        assert (reply["RateLimit-Limit"], reply["RateLimit-Remaining"]) == ("7", "6")
        assert 0 < int(reply["RateLimit-Reset"]) <= 60

    @pytest.mark.parametrize("bucket", ["user", "address", "read"])
    def test_each_bucket_limits_by_itself(self, doors, bucket):
        doors.narrow(bucket, burst=2)
        client = client_of(a_person())
        replies = [client.get("/api/echo") for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert problem_of(replies[-1]) == "too_many_requests"
        assert 0 < int(replies[-1]["Retry-After"]) <= 60
        assert replies[-1]["RateLimit-Remaining"] == "0"

    def test_the_address_is_shared_and_the_person_is_not(self, doors):
        doors.narrow("address", burst=2)
        first, second = client_of(a_person()), client_of(a_person())
        second.defaults["REMOTE_ADDR"] = first.defaults["REMOTE_ADDR"]
        assert [first.get("/api/echo").status_code, second.get("/api/echo").status_code] == [200, 200]
        assert [first.get("/api/echo").status_code, second.get("/api/echo").status_code] == [429, 429]

    def test_a_person_is_one_wherever_they_call_from(self, doors):
        doors.narrow("user", burst=2)
        person = a_person()
        assert [client_of(person).get("/api/echo").status_code for _ in range(3)] == [200, 200, 429]

    def test_classes_of_routes_do_not_use_each_other_up(self, doors):
        doors.narrow("read", burst=1)
        client = client_of(a_person())
        assert [client.get("/api/echo").status_code for _ in range(2)] == [200, 429]
        assert client.post("/api/echo", {}).status_code == 200

    @pytest.mark.parametrize(
        "refused",
        [
            pytest.param({"path": "/api/echo", "HTTP_AUTHORIZATION": "Bearer forged"}, id="a bad token"),
            pytest.param({"path": "/api/echo"}, id="no token"),
            pytest.param({"path": "/api/forgotten"}, id="a route without a rule"),
            pytest.param({"path": "/api/nothing-here"}, id="no such address"),
        ],
    )
    def test_what_is_refused_costs_a_token_too(self, doors, stranger, refused):
        doors.narrow("address", burst=3)
        statuses = [stranger.get(**refused).status_code for _ in range(4)]
        assert statuses[-1] == 429
        assert 429 not in statuses[:3]

    def test_bad_tokens_do_not_use_up_a_person_elsewhere(self, doors, stranger):
        doors.narrow("read", burst=3)
        for _ in range(5):
            stranger.get("/api/echo", headers={"Authorization": "Bearer forged"})
        assert client_of(a_person()).get("/api/echo").status_code == 200

    def test_health_is_never_limited(self, doors, stranger):
        doors.narrow("address", burst=1)
        doors.narrow("public", burst=1)
        replies = [stranger.get("/api/live") for _ in range(5)]
        assert {reply.status_code for reply in replies} == {200}
        assert "RateLimit-Limit" not in replies[0]

    def test_no_address_stands_in_redis(self, doors, stranger):
        from apps.kernel.redis_client import client as redis

        doors.narrow("address", burst=5)
        stranger.get("/api/echo")
        address = stranger.defaults["REMOTE_ADDR"]
        assert not [key for key in redis().scan_iter(match="treum:bucket:address:*") if address[:19] in key]

    def test_allauths_routes_are_limited_by_a_problem_too(self, settings):
        settings.TREUM_GATEWAY_RATES = dict(settings.TREUM_GATEWAY_RATES)
        rates = settings.TREUM_GATEWAY_RATES
        rates["auth"] = type(rates["auth"])(per_minute=1, burst=1)
        stranger = Client(REMOTE_ADDR=an_address())
        address = "/api/v1/auth/app/v1/auth/reauthenticate"
        replies = [stranger.post(address, {}, content_type="application/json") for _ in range(2)]
        assert [reply.status_code for reply in replies] == [401, 429]
        assert problem_of(replies[1]) == "too_many_requests"
        assert int(replies[1]["Retry-After"]) > 0


@pytest.mark.usefixtures("doors")
class TestSizes:
    @pytest.fixture(autouse=True)
    def small(self, settings):
        settings.TREUM_MAX_BODY_BYTES = 100

    def test_a_body_up_to_the_limit_passes(self):
        body = json.dumps({"note": "x" * 87})
        assert len(body) == 99
        reply = client_of(a_person()).post("/api/echo", body, content_type="application/json")
        assert reply.json() == {"sent": {"note": "x" * 87}}

    def test_a_larger_one_is_refused(self):
        reply = client_of(a_person()).post("/api/echo", {"note": "x" * 100})
        assert (reply.status_code, problem_of(reply)) == (413, "body_too_large")
        assert "100 bytes" in reply.json()["detail"]

    @pytest.mark.parametrize(("length", "status"), [(40, 200), (101, 413), (10_000_000, 413)])
    def test_so_is_one_that_comes_in_chunks_without_a_length(self, length, status):
        body = io.BytesIO(b'{"note": "' + b"x" * (length - 12) + b'"}')
        chunked = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        reply = client_of(a_person()).generic("POST", "/api/echo", content_type="application/json", **chunked)
        assert reply.status_code == status
        assert body.tell() <= max(101, length if status == 200 else 0)
        if status == 200:
            assert reply.json()["sent"]["note"] == "x" * (length - 12)


@pytest.mark.usefixtures("doors")
class TestTransactions:
    @pytest.mark.parametrize(
        ("status", "kept"),
        [
            pytest.param(200, True, id="success is kept"),
            pytest.param(401, True, id="a refusal is kept: it may have ended a session"),
            pytest.param(500, False, id="a failure is undone"),
            pytest.param(503, False, id="so is weather"),
            pytest.param(0, False, id="and a bug"),
        ],
    )
    def test_the_view_is_one_transaction(self, stranger, status, kept):
        assert stranger.post(f"/api/group/{status}").status_code == (status or 500)
        assert Group.objects.exists() == kept

    def test_a_success_that_cannot_be_kept_is_none(self, stranger, monkeypatch):
        create = Group.objects.create

        def doomed(**fields):
            create(**fields)
            transaction.set_rollback(True, using=DEFAULT_DB_ALIAS)

        monkeypatch.setattr(Group.objects, "create", doomed)
        assert stranger.post("/api/group/200").status_code == 500


@pytest.mark.usefixtures("doors")
def test_a_database_that_is_away_is_weather(stranger, monkeypatch):
    def away(self, request):
        raise OperationalError("no connection")

    monkeypatch.setattr("apps.users.doorkeeper.UsersDoorkeeper.principal_of", away)
    reply = stranger.get("/api/echo")
    assert (reply.status_code, problem_of(reply)) == (503, "service_unreachable")
    assert int(reply["Retry-After"]) > 0


@pytest.mark.usefixtures("doors")
def test_so_is_one_that_goes_away_in_the_middle_of_a_view(stranger, monkeypatch):
    def away(**fields):
        raise OperationalError("no connection")

    monkeypatch.setattr(Group.objects, "create", away)
    reply = stranger.post("/api/group/200")
    assert (reply.status_code, problem_of(reply)) == (503, "service_unreachable")
    assert int(reply["Retry-After"]) > 0


@pytest.mark.usefixtures("doors")
def test_behind_the_gate_the_address_is_the_clients(settings):
    settings.TREUM_TRUSTED_PROXIES = 1
    reply = client_of(a_person()).get("/api/echo", headers={"X-Forwarded-For": "1.1.1.1, 203.0.113.7"})
    assert reply.json()["address"] == "203.0.113.7"


def test_an_authenticated_request_costs_one_query_at_the_gate(doors, django_assert_num_queries):
    client = client_of(a_person())
    with django_assert_num_queries(1):
        assert client.get("/api/echo").status_code == 200


def test_allauth_sees_the_same_client_as_the_gate(settings):
    settings.TREUM_TRUSTED_PROXIES = 1
    person = a_person()
    login = Client(REMOTE_ADDR="10.0.0.9").post(
        "/api/v1/auth/app/v1/auth/login",
        {"email": person.email, "password": PASSWORD},
        content_type="application/json",
        headers={"X-Forwarded-For": "1.1.1.1, 203.0.113.7"},
    )
    assert login.status_code == 200
    assert UserSession.objects.get(user=person).ip == "203.0.113.7"
