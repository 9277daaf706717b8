"""Keys of programs: made by a person in person, shown once, good for what they name and no longer than they should."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal
from apps.kernel.clock import now
from apps.kernel.gateway.scopes import Scope
from apps.kernel.text import zulu
from apps.users import services
from apps.users.models import ApiKey, User
from apps.users.services.api_keys import MOST_LIVING
from tests.support.people import a_person, an_address, client_of, tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

KEYS, ME = "/api/v1/api-keys", "/api/v1/me"
READS_ACCOUNT = {"name": "Dashboard", "scopes": ["account:read"]}


def a_key(person, **wanted):
    return services.create_key(person.pk, **{"name": "Program", "scopes": [Scope.ACCOUNT_READ], **wanted})


def program(text, *, address=None, **headers):
    return APIClient(REMOTE_ADDR=address or an_address(), headers={"X-API-Key": text, **headers})


def test_a_key_is_made_shown_once_and_opens_what_its_scopes_name():
    person = a_person()
    answer = client_of(person, proved=True).post(KEYS, READS_ACCOUNT)
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    made = answer.json()
    assert re.fullmatch(rf"{made['prefix']}_[\w-]{{43}}", made["key"])
    shown = client_of(person).get(f"{KEYS}/{made['id']}").json()
    assert shown == {name: value for name, value in made.items() if name != "key"}
    assert shown["scopes"] == ["account:read"]
    assert made["key"] not in str(ApiKey.objects.values().get())
    assert program(made["key"]).get(ME).json()["email"] == person.email
    assert program(made["key"]).get("/api/v1/notifications").json()["type"] == "urn:treum:problem:scope_missing"


def test_making_a_key_takes_a_fresh_proof():
    answer = client_of(a_person()).post(KEYS, READS_ACCOUNT)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:reauthentication_required")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", KEYS, id="see keys"),
        pytest.param("POST", KEYS, id="make a key"),
        pytest.param("DELETE", f"{KEYS}/00000000-0000-0000-0000-000000000007", id="revoke a key"),
        pytest.param("PATCH", ME, id="change the profile"),
    ],
)
def test_a_key_of_every_scope_cannot(method, path):
    text = a_key(a_person(), scopes=list(Scope)).text
    answer = program(text).generic(method, path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:keys_not_accepted")


def test_an_expired_revoked_foreign_or_unknown_key_is_refused_in_the_same_words():
    person, gone = a_person(), a_person()
    expired, revoked, elsewhere, orphaned = a_key(person), a_key(person), a_key(person), a_key(gone)
    texts = [one.text for one in (expired, revoked, elsewhere, orphaned)]
    assert {program(text).get(ME).status_code for text in texts} == {200}
    ApiKey.objects.filter(pk=expired.key.pk).update(expires_at=now())
    services.revoke_key(revoked.key.pk)
    ApiKey.objects.filter(pk=elsewhere.key.pk).update(addresses=["203.0.113.0/24"])
    User.objects.filter(pk=gone.pk).update(is_active=False)
    answers = [program(text).get(ME) for text in [*texts, "treum_00000000_unknown", "ü", "k" * 5000]]
    assert {answer.status_code for answer in answers} == {401}
    assert {(answer.json()["type"], answer.json()["detail"]) for answer in answers} == {
        (
            "urn:treum:problem:bad_credentials",
            "This token or key is unknown, expired or revoked; log in again or use another key.",
        )
    }


@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("203.0.113.9", 200, id="IPv4 inside"),
        pytest.param("203.0.114.9", 401, id="IPv4 outside"),
        pytest.param("::ffff:203.0.113.9", 200, id="IPv4 as an IPv6 socket tells it"),
        pytest.param("2001:db8::7", 200, id="IPv6 inside"),
        pytest.param("2001:db9::7", 401, id="IPv6 outside"),
        pytest.param("", 401, id="unknown"),
    ],
)
def test_a_key_with_networks_is_good_there_only(address, status):
    body = {**READS_ACCOUNT, "addresses": ["203.0.113.0/24", "2001:DB8::/32"]}
    made = client_of(a_person(), proved=True).post(KEYS, body).json()
    assert made["addresses"] == ["2001:db8::/32", "203.0.113.0/24"]
    caller = APIClient(REMOTE_ADDR=address, headers={"X-API-Key": made["key"], "X-Forwarded-For": "203.0.113.9"})
    assert caller.get(ME).status_code == status


def test_a_repeated_request_makes_one_key_and_shows_it_again():
    person = a_person()
    client, header = client_of(person, proved=True), {"Idempotency-Key": "make-my-key"}
    first, again = (client.post(KEYS, READS_ACCOUNT, headers=header) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Cache-Control"] == "no-store"
    assert ApiKey.objects.filter(user=person).count() == 1
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(answer)::text FROM idempotency_kept_answer AS answer")
        ((kept,),) = cursor.fetchall()
    assert first.json()["key"] not in kept


def test_a_token_and_a_key_together_are_refused():
    person = a_person()
    token = tokens_of(person).access
    answer = program(a_key(person).text, Authorization=f"Bearer {token}").get(ME)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:treum:problem:two_credentials")


def test_a_key_of_staff_does_not_open_the_admin():
    person = a_person(is_staff=True, is_superuser=True)
    assert program(a_key(person, scopes=list(Scope)).text).get("/admin/").status_code == 302


def test_revoking_is_final_and_harmless_when_repeated():
    person = a_person()
    made, client = a_key(person), client_of(person)
    first = client.delete(f"{KEYS}/{made.key.pk}")
    revoked_at = client.get(f"{KEYS}/{made.key.pk}").json()["revoked_at"]
    assert (first.status_code, client.delete(f"{KEYS}/{made.key.pk}").status_code) == (204, 204)
    assert revoked_at is not None
    assert client.get(f"{KEYS}/{made.key.pk}").json()["revoked_at"] == revoked_at


def test_keys_of_others_do_not_exist():
    made, stranger = a_key(a_person()), client_of(a_person(), proved=True)
    path = f"{KEYS}/{made.key.pk}"
    assert [stranger.get(path).status_code, stranger.delete(path).status_code] == [404, 404]
    assert stranger.get(KEYS).json()["results"] == []
    assert program(made.text).get(ME).status_code == 200


def test_a_used_key_asks_one_question_and_notes_its_use_once_a_minute():
    made = a_key(a_person())
    caller, key = program(made.text), ApiKey.objects.filter(pk=made.key.pk)
    caller.get(ME)
    noted = key.get().last_used_at
    with CaptureQueriesContext(connections["default"]) as queries:
        caller.get(ME)
    assert [query["sql"].split()[0] for query in queries if "users_api_key" in query["sql"]] == ["SELECT"]
    assert key.get().last_used_at == noted
    key.update(last_used_at=noted - timedelta(seconds=61))
    caller.get(ME)
    assert key.get().last_used_at > noted


def test_nobody_has_more_living_keys_than_the_limit():
    person = a_person()
    client = client_of(person, proved=True)
    first, *_ = [a_key(person) for _ in range(MOST_LIVING)]
    refused = client.post(KEYS, READS_ACCOUNT)
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "You have 20 living keys already; revoke one that you do not need any more.",
    )  # fmt: skip
    services.revoke_key(first.key.pk)
    assert client.post(KEYS, READS_ACCOUNT).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_the_limit():
    person = a_person()
    for _ in range(MOST_LIVING - 2):
        a_key(person)
    client = client_of(person, proved=True)

    def make(_):
        try:
            return client.post(KEYS, READS_ACCOUNT).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == [201] * 2 + [409] * 6
    assert ApiKey.objects.filter(user=person).count() == MOST_LIVING


def test_a_list_of_keys_takes_as_many_queries_for_one_as_for_many():
    person, counts = a_person(), []
    client = client_of(person)
    for _ in range(2):
        a_key(person), a_key(person)
        with CaptureQueriesContext(connections["default"]) as queries:
            page = client.get(KEYS, {"page_size": 3}).json()
        counts.append(len(queries))
    assert counts == [2, 2]
    assert len(page["results"]) == 3
    assert len(client.get(page["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        pytest.param({"name": ""}, "name", "This field may not be blank.", id="no name"),
        pytest.param({"scopes": []}, "scopes", "This list may not be empty.", id="no scope"),
        pytest.param({"scopes": ["keys:write"]}, "scopes.0", "There is no scope keys:write.", id="an unknown scope"),
        pytest.param(
            {"addresses": ["203.0.113.9/24"]}, "addresses.0",
            "This is no network; examples are 203.0.113.0/24 and 2001:db8::/48.", id="bits beyond the prefix",
        ),
        pytest.param(
            {"addresses": ["::ffff:203.0.113.0/120"]}, "addresses.0",
            "This is no network; examples are 203.0.113.0/24 and 2001:db8::/48.", id="IPv4 in IPv6",
        ),
        pytest.param(
            {"addresses": ["fe80::%eth0/64"]}, "addresses.0",
            "This is no network; examples are 203.0.113.0/24 and 2001:db8::/48.", id="a zone",
        ),
        pytest.param(
            {"expires_at": zulu(now() - timedelta(days=1))}, "expires_at", "Choose a moment in the future.", id="over"
        ),
        pytest.param({"digest": "0" * 64}, "digest", "There is no such field here.", id="a digest of one's own"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_with_a_sentence(change, field, sentence):
    answer = client_of(a_person(), proved=True).post(KEYS, {**READS_ACCOUNT, **change})
    assert answer.status_code == 400
    assert [(error["field"], error["message"]) for error in answer.json()["errors"]] == [(field, sentence)]
    assert not ApiKey.objects.exists()


def test_making_and_revoking_are_in_the_audit_log_without_anything_secret_or_personal():
    person = a_person()
    client = client_of(person, proved=True)
    made = client.post(KEYS, {**READS_ACCOUNT, "addresses": ["203.0.113.0/24"]}).json()
    for _ in range(2):
        client.delete(f"{KEYS}/{made['id']}")
    entries = list(AuditEntry.objects.using("default").filter(subject=person.pk).order_by("id"))
    assert [(entry.action, entry.object) for entry in entries] == [
        ("api_key.created", f"api_key/{made['id']}"), ("api_key.revoked", f"api_key/{made['id']}"),
    ]  # fmt: skip
    assert entries[0].after == {"prefix": made["prefix"], "scopes": ["account:read"], "expires_at": None}
    open_personal(entries, using="default")
    assert entries[0].opened["name"] == "Dashboard"
    rows = str(list(AuditEntry.objects.using("default").values()))
    assert not any(private in rows for private in (made["key"], "Dashboard", "203.0.113.0"))
