"""Consents: to the version in force, withdrawn as easily as given, and remembered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.kernel.audit.models import AuditEntry
from apps.kernel.clock import now
from apps.users.enums import ConsentKind
from apps.users.models import Consent, ConsentDocument
from apps.users.selectors.consents import LONGEST_HISTORY
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

CONSENTS, TERMS = "/api/v1/me/consents", "/api/v1/me/consents/terms"


@pytest.fixture
def terms():
    """The second version of the terms is in force."""
    ConsentDocument.objects.get_or_create(kind=ConsentKind.TERMS, version="1", defaults={"title": "Terms"})
    return ConsentDocument.objects.create(
        kind=ConsentKind.TERMS, version="2", title="Terms of service", url="https://treum.example/terms/2"
    )


def shown(client, kind="terms"):
    return next(one for one in client.get(CONSENTS).json()["results"] if one["kind"] == kind)


def test_a_new_installation_has_a_version_of_each_kind_in_force():
    results = client_of(a_person()).get(CONSENTS).json()["results"]
    assert [(one["kind"], one["version"], one["accepted"]) for one in results] == [
        ("terms", "1", False), ("privacy", "1", False), ("risk", "1", False), ("marketing", "1", False),
    ]  # fmt: skip


def test_consent_is_given_withdrawn_and_given_again(terms):
    client, stranger = client_of(a_person()), client_of(a_person())
    given = client.put(TERMS, {"version": "2"})
    assert given.status_code == 200
    assert given.json() == shown(client)
    assert given.json() == {
        "kind": "terms", "version": "2", "title": "Terms of service", "url": "https://treum.example/terms/2",
        "accepted": True, "given_at": given.json()["given_at"],
        "history": [{"version": "2", "given_at": given.json()["given_at"], "withdrawn_at": None}],
    }  # fmt: skip
    assert client.put(TERMS, {"version": "2"}).json() == given.json()
    assert [client.delete(TERMS).status_code for _ in range(2)] == [204, 204]
    withdrawn = shown(client)
    assert (withdrawn["accepted"], withdrawn["given_at"], len(withdrawn["history"])) == (False, None, 1)
    assert client.put(TERMS, {"version": "2"}).json()["accepted"] is True
    assert [answer["withdrawn_at"] is None for answer in shown(client)["history"]] == [True, False]
    assert shown(stranger)["history"] == []


def test_a_new_version_asks_anew_and_withdrawing_withdraws_from_all(terms):
    person = a_person()
    client = client_of(person)
    client.put(TERMS, {"version": "2"})
    ConsentDocument.objects.create(kind=ConsentKind.TERMS, version="3", title="Terms of service")
    before = shown(client)
    assert (before["version"], before["accepted"], before["given_at"]) == ("3", False, None)
    assert client.put(TERMS, {"version": "3"}).json()["accepted"] is True
    client.delete(TERMS)
    assert not Consent.objects.filter(user=person, withdrawn_at=None).exists()


@pytest.mark.parametrize(
    ("kind", "body", "status", "code", "sentence"),
    [
        pytest.param(
            "terms", {"version": "1"}, 422, "version_not_in_force",
            "Version 1 of the terms of service is not in force; read version 2 and agree to that.", id="an old one",
        ),
        pytest.param(
            "terms", {"version": "9"}, 422, "version_not_in_force",
            "Version 9 of the terms of service is not in force; read version 2 and agree to that.", id="a future one",
        ),
        pytest.param(
            "cookies", {"version": "1"}, 404, "unknown_consent", "There is no kind of consent called cookies.",
            id="an unknown kind",
        ),
        pytest.param("terms", {}, 400, "invalid", "This field is required.", id="no version"),
    ],
)  # fmt: skip
def test_only_what_is_in_force_can_be_agreed_to(terms, kind, body, status, code, sentence):
    answer = client_of(a_person()).put(f"{CONSENTS}/{kind}", body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:treum:problem:{code}")
    assert sentence in str(answer.json())
    assert not Consent.objects.exists()


def test_without_a_document_there_is_nothing_to_agree_to():
    with connections["default"].cursor() as cursor:
        cursor.execute("TRUNCATE users_consent_document CASCADE")
    client = client_of(a_person())
    assert client.get(CONSENTS).json() == {"results": []}
    assert client.put(TERMS, {"version": "1"}).json()["type"] == "urn:treum:problem:nothing_to_agree_to"
    assert client.delete(TERMS).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_doubled_requests_are_one_consent(terms):
    person = a_person()
    client = client_of(person)

    def give(number):
        try:
            return client.put(TERMS, {"version": "2"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(give, range(16))) == {200}
    assert Consent.objects.filter(user=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_giving_and_withdrawing_at_once_never_fails(terms):
    person = a_person()
    client = client_of(person)

    def answer(number):
        try:
            reply = client.delete(TERMS) if number % 2 else client.put(TERMS, {"version": "2"})
            return reply.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(answer, range(32))) == {200, 204}
    assert Consent.objects.filter(user=person, withdrawn_at=None).count() <= 1


def test_the_list_stays_short_and_takes_two_queries_however_much_was_answered(terms):
    person = a_person()
    client, counts = client_of(person), []
    for answers in (1, LONGEST_HISTORY + 4):
        moment = now() - timedelta(days=1)
        old = [Consent(user=person, document=terms, given_at=moment, withdrawn_at=moment) for _ in range(answers)]
        Consent.objects.bulk_create(old)
        with CaptureQueriesContext(connections["default"]) as queries:
            history = shown(client)["history"]
        counts.append(len(queries))
    assert counts[0] == counts[1] == 3
    assert len(history) == LONGEST_HISTORY


@pytest.mark.parametrize(
    "statement",
    ["UPDATE users_consent_document SET title = 'Other'", "DELETE FROM users_consent_document"],
    ids=["change", "delete"],
)
def test_a_published_document_is_final(terms, statement):
    refused = pytest.raises(DatabaseError, match="never changes")
    with refused, transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(statement)


def test_each_change_is_in_the_audit_log_once(terms):
    person = a_person()
    client = client_of(person)
    for _ in range(2):
        client.put(TERMS, {"version": "2"})
    for _ in range(2):
        client.delete(TERMS)
    entries = AuditEntry.objects.using("default").filter(subject=person.pk).order_by("id")
    assert [(entry.action, entry.object, entry.after, entry.actor) for entry in entries] == [
        ("consent.given", "consent/terms", {"versions": ["2"]}, f"user:{person.pk}"),
        ("consent.withdrawn", "consent/terms", {"versions": ["2"]}, f"user:{person.pk}"),
    ]
