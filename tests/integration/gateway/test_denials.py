"""Who was denied what stands in the audit log, and a flood of denials does not fill it."""

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from apps.kernel.audit.models import AuditEntry
from apps.kernel.redis_client import client
from tests.support.people import a_person, an_address, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FORGED = {"Authorization": "Bearer forged"}


@pytest.fixture(autouse=True)
def _an_empty_bucket_of_all():
    """The bucket of all denials is one for everybody."""
    client().delete("treum:bucket:denials")
    yield
    client().delete("treum:bucket:denials")


@pytest.fixture
def stranger():
    return APIClient(REMOTE_ADDR=an_address())


def entries():
    return AuditEntry.objects.using("default").filter(action="gateway.denied").order_by("id")


@pytest.mark.usefixtures("doors")
def test_a_denied_person_is_named_with_the_route_and_the_reason():
    person = a_person()
    client_of(person).get("/api/staff")
    (entry,) = entries()
    assert (entry.actor, entry.subject, entry.object) == (f"user:{person.pk}", person.pk, "GET staff")
    assert entry.after["problem"] == "denied"
    assert entry.correlation_id


@pytest.mark.usefixtures("doors")
def test_a_bad_credential_is_noted_for_nobody(stranger):
    stranger.get("/api/echo", headers=FORGED)
    (entry,) = entries()
    assert (entry.actor, entry.subject, entry.after) == ("anonymous", None, {"problem": "bad_credentials"})
    assert stranger.defaults["REMOTE_ADDR"] not in entry.personal


@pytest.mark.usefixtures("doors")
def test_whoever_sends_no_credentials_or_asks_for_nothing_known_is_not_noted(stranger):
    stranger.get("/api/echo")
    stranger.delete("/api/echo")
    stranger.get("/api/nothing-here")
    assert not entries().exists()


@pytest.mark.parametrize("bucket", ["denials", "all_denials"])
def test_a_flood_is_noted_up_to_a_limit(doors, stranger, bucket):
    doors.narrow(bucket, burst=3)
    replies = [stranger.get("/api/echo", headers=FORGED) for _ in range(10)]
    assert {reply.status_code for reply in replies} == {401}
    assert entries().count() == 3


def test_what_is_limited_is_not_noted(doors, stranger):
    doors.narrow("address", burst=2)
    for _ in range(5):
        stranger.get("/api/echo", headers=FORGED)
    assert entries().count() == 2


@pytest.mark.usefixtures("doors")
def test_a_refusal_stands_without_a_database_to_note_it_in(stranger, monkeypatch):
    def away(**fields):
        raise OperationalError("no connection")

    monkeypatch.setattr("apps.kernel.gateway.denials.record_entry", away)
    assert stranger.get("/api/echo", headers=FORGED).status_code == 401
