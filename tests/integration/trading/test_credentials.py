"""Venue credentials: kept sealed after a fresh proof, never shown again, and nobody else's business."""

import logging

import ccxt
import pytest
from django.conf import settings as configured
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal
from apps.kernel.gateway.scopes import Scope
from apps.kernel.outbox.models import OutboxMessage
from apps.trading import services
from apps.trading.errors import UnknownCredential
from apps.trading.models import VenueCredential
from apps.trading.rules.venues import WITH_PASSPHRASE
from apps.users.services import create_key
from tests.support.entitlements import may_trade
from tests.support.people import a_person, an_address, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "trading"])]

CREDENTIALS = "/api/v1/venue-credentials"
SECRETS = {"key": "the-public-key-c0de", "secret": "the-secret-of-the-venue", "passphrase": "the-passphrase"}
NEW = {"venue": "okx", "label": "Main", **SECRETS}
OTHERS = {"key": "another-key-beef", "secret": "another-secret-of-it", "passphrase": "another-passphrase"}


@pytest.fixture
def person():
    return live(a_person())


@pytest.fixture
def client(person):
    return client_of(person, proved=True)


def live(person):
    may_trade(person.pk)
    return person


def rows():
    with connections["trading"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(credential)::text FROM trading_venuecredential AS credential")
        return [row for (row,) in cursor.fetchall()]


def test_a_credential_is_kept_sealed_and_only_its_name_comes_out(client, person, caplog):
    caplog.set_level(logging.DEBUG)
    kept = client.post(CREDENTIALS, NEW)
    assert kept.status_code == 201, kept.json()
    assert kept.json() == {
        "id": kept.json()["id"], "venue": "okx", "label": "Main", "key_hint": "c0de",
        "created_at": kept.json()["created_at"], "replaced_at": None,
    }  # fmt: skip
    assert client.get(f"{CREDENTIALS}/{kept.json()['id']}").json() == kept.json()
    assert client.get(CREDENTIALS).json()["results"] == [kept.json()]
    credential = VenueCredential.objects.get()
    assert (credential.key, credential.secret, credential.passphrase) == tuple(SECRETS.values())
    outside = [
        *rows(),
        *map(str, OutboxMessage.objects.using("trading").values()),
        *map(str, AuditEntry.objects.using("trading").values()),
        caplog.text,
        repr(credential),
        repr(services.Secrets(**SECRETS)),
    ]
    assert [place for place in outside for secret in SECRETS.values() if secret in place] == []


def test_secrets_are_replaced_as_a_whole_and_only_by_put(client):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    assert client.patch(path, {"secret": "another-secret"}).status_code == 400
    replaced = client.put(path, OTHERS).json()
    assert (replaced["key_hint"], replaced["label"], replaced["venue"]) == ("beef", "Main", "okx")
    assert replaced["replaced_at"] is not None
    credential = VenueCredential.objects.get()
    assert (credential.key, credential.secret, credential.passphrase) == tuple(OTHERS.values())


def test_a_credential_is_renamed_and_deleted_for_good(client):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    assert client.patch(path, {"label": "Second"}).json()["label"] == "Second"
    assert VenueCredential.objects.get().secret == SECRETS["secret"]
    assert [client.delete(path).status_code for _ in range(2)] == [204, 404]
    assert rows() == []


def test_a_repeated_request_keeps_one_credential_and_no_secret_of_it_elsewhere(client):
    first, again = (client.post(CREDENTIALS, NEW, headers={"Idempotency-Key": "keep-it"}) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(rows()) == 1
    assert client.post(CREDENTIALS, {**NEW, **OTHERS}, headers={"Idempotency-Key": "keep-it"}).status_code == 422


def test_a_label_stands_once_at_a_venue(client):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    other = client.post(CREDENTIALS, {**NEW, "label": "Second"}).json()["id"]
    sentence = "You have a credential “Main” at okx already; choose another label, or replace the secrets of that one."
    for answer in (client.post(CREDENTIALS, NEW), client.patch(f"{CREDENTIALS}/{other}", {"label": "Main"})):
        assert (answer.status_code, answer.json()["detail"]) == (409, sentence)
    assert client.patch(path, {"label": "Main"}).status_code == 200
    assert client_of(live(a_person()), proved=True).post(CREDENTIALS, NEW).status_code == 201


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_every_change_takes_a_fresh_proof(method, client, person):
    kept = client.post(CREDENTIALS, NEW).json()["id"]
    path = CREDENTIALS if method == "POST" else f"{CREDENTIALS}/{kept}"
    answer = client_of(person).generic(method, path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:reauthentication_required")
    assert VenueCredential.objects.get().label == "Main"


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_a_key_of_every_scope_touches_no_credential(method, client, person):
    kept = client.post(CREDENTIALS, NEW).json()["id"]
    program = APIClient(
        REMOTE_ADDR=an_address(), headers={"X-API-Key": create_key(person.pk, name="All", scopes=list(Scope)).text}
    )
    for path in [CREDENTIALS] if method == "POST" else [f"{CREDENTIALS}/{kept}"]:
        answer = program.generic(method, path, "{}", content_type="application/json")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:keys_not_accepted")


def test_credentials_of_others_do_not_exist(client):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    stranger = client_of(a_person(), proved=True)
    knocks = [
        stranger.get(path),
        stranger.put(path, OTHERS),
        stranger.patch(path, {"label": "Mine"}),
        stranger.delete(path),
    ]
    assert [answer.status_code for answer in knocks] == [404] * 4
    assert stranger.get(CREDENTIALS).json()["results"] == []
    assert (VenueCredential.objects.get().label, VenueCredential.objects.get().key) == ("Main", SECRETS["key"])


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        pytest.param(
            {"venue": "mtgox"}, 400, "We trade at binance, bitget, bybit, kraken, kucoin, okx only.", id="no venue"
        ),
        pytest.param({"key": "short"}, 400, "Ensure this field has at least 8 characters.", id="a short key"),
        pytest.param({"secret": ""}, 400, "This field may not be blank.", id="no secret"),
        pytest.param({"label": "l" * 65}, 400, "Ensure this field has no more than 64 characters.", id="a long label"),
        pytest.param({"user_id": "7"}, 400, "There is no such field here.", id="somebody else's"),
        pytest.param({"passphrase": None}, 422, "Keys of okx come with a passphrase; send it too.", id="no passphrase"),
        pytest.param(
            {"venue": "kraken"}, 422, "Keys of kraken have no passphrase; leave it out.", id="a passphrase too many"
        ),
    ],
)  # fmt: skip
def test_a_wrong_credential_is_refused_with_a_sentence_that_tells_no_secret(change, status, sentence, client):
    answer = client.post(CREDENTIALS, {**NEW, **change})
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not any(secret in answer.content.decode() for secret in SECRETS.values())
    assert rows() == []


def test_the_passphrase_is_asked_for_on_replacing_too(client):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    answer = client.put(path, {**OTHERS, "passphrase": None})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:treum:problem:passphrase_missing")
    assert VenueCredential.objects.get().key == SECRETS["key"]


def test_what_was_deleted_meanwhile_is_unknown(client, person):
    credential_id = VenueCredential.objects.get(pk=client.post(CREDENTIALS, NEW).json()["id"]).pk
    services.delete_credential(credential_id)
    services.delete_credential(credential_id)
    with pytest.raises(UnknownCredential):
        services.rename_credential(credential_id, label="Second")
    with pytest.raises(UnknownCredential):
        services.replace_secrets(credential_id, secrets=services.Secrets(**OTHERS))


def test_each_change_is_in_the_audit_log_once(client, person):
    path = f"{CREDENTIALS}/{client.post(CREDENTIALS, NEW).json()['id']}"
    for _ in range(2):
        client.patch(path, {"label": "Second"})
    client.put(path, OTHERS)
    for _ in range(2):
        client.delete(path)
    entries = list(AuditEntry.objects.using("trading").filter(subject=person.pk).order_by("id"))
    assert [entry.action.partition(".")[2] for entry in entries] == ["kept", "renamed", "replaced", "deleted"]
    open_personal(entries, using="trading")
    assert [entry.opened["key_hint"] for entry in entries] == ["c0de", "c0de", "beef", "beef"]


def test_a_list_unseals_nothing_and_takes_as_many_queries_for_one_as_for_many(client):
    counts = []
    for number in range(3):
        client.post(CREDENTIALS, {**NEW, "label": f"Label {number}"})
        with CaptureQueriesContext(connections["trading"]) as queries:
            client.get(CREDENTIALS)
        counts.append(len(queries))
        assert not any('"secret"' in query["sql"] for query in queries)
    assert counts == [1, 1, 1]


def test_staff_see_that_there_is_one_and_not_what_opens_the_venue(client):
    kept = client.post(CREDENTIALS, NEW).json()["id"]
    desk = APIClient()
    desk.force_login(a_person(is_staff=True, is_superuser=True))
    pages = [
        desk.get(reverse("admin:trading_venuecredential_changelist")),
        desk.get(reverse("admin:trading_venuecredential_change", args=[kept])),
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert all("c0de" in page.content.decode() for page in pages)
    assert not any(secret in page.content.decode() for page in pages for secret in SECRETS.values())
    assert desk.post(reverse("admin:trading_venuecredential_add"), NEW).status_code == 403


def test_the_venues_are_known_to_ccxt_and_so_is_who_gives_passphrases():
    assert set(configured.TREUM_TRADING_VENUES) <= set(ccxt.exchanges)
    asked = {name: getattr(ccxt, name)().requiredCredentials for name in ccxt.exchanges}
    assert {name for name, needs in asked.items() if needs.get("password")} == WITH_PASSPHRASE
    for venue in configured.TREUM_TRADING_VENUES:
        assert {need for need, needed in asked[venue].items() if needed} <= {"apiKey", "secret", "password"}
