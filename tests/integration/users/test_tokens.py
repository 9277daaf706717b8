"""Tokens: which are believed, how one is taken for the next, and how all of a session end together."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.sessions.backends.cached_db import KEY_PREFIX
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connections, transaction

from apps.kernel.clock import now
from apps.users.models import TokenFamily, User
from apps.users.rules import tokens
from apps.users.rules.keys import signing_key, verifying_keys
from apps.users.services import end_sessions, refresh_tokens
from tests.support.accounts import AccountClient, me
from tests.support.people import PASSWORD, a_person, tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

MINUTE = timedelta(minutes=1)


def _payload(token):
    return jwt.decode(token, options={"verify_signature": False})


def _signed(payload, *, key=None, algorithm="EdDSA", kid=None):
    pair = signing_key()
    headers = {"kid": pair.kid if kid is None else kid}
    return jwt.encode(payload, pair.private if key is None else key, algorithm=algorithm, headers=headers)


def _unsigned(payload):
    header = {"alg": "none", "typ": "JWT", "kid": signing_key().kid}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    return ".".join([*parts, ""])


def _with_the_public_key_as_secret(payload):
    point = signing_key().public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _signed(payload, key=point, algorithm="HS256")


FORGERIES = {
    "no signature": _unsigned,
    "the public key taken for a shared secret": _with_the_public_key_as_secret,
    "another algorithm": lambda payload: _signed(payload, key=generate_private_key(65537, 2048), algorithm="RS256"),
    "a key of somebody else's": lambda payload: _signed(payload, key=_stranger()),
    "an unknown key name": lambda payload: _signed(payload, kid="no-such-key"),
    "a key name that is no text": lambda payload: _signed(payload, kid="\u0000"),
    "expired": lambda payload: _signed({**payload, "exp": now() - MINUTE}),
    "another audience": lambda payload: _signed({**payload, "aud": "somebody-else"}),
    "no audience": lambda payload: _signed({name: value for name, value in payload.items() if name != "aud"}),
    "another issuer": lambda payload: _signed({**payload, "iss": "somebody-else"}),
    "never expires": lambda payload: _signed({name: value for name, value in payload.items() if name != "exp"}),
    "another person": lambda payload: _signed({**payload, "sub": str(uuid4())}),
    "another family": lambda payload: _signed({**payload, "sid": str(uuid4())}),
    "a family that is no id": lambda payload: _signed({**payload, "sid": "' OR 1=1 --"}),
    "no use": lambda payload: _signed({name: value for name, value in payload.items() if name != "token_use"}),
}


def _stranger():
    return Ed25519PrivateKey.generate()


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_opens_nothing(forge):
    good = tokens_of(a_person())
    assert me(good.access).status_code == 200
    answer = me(forge(_payload(good.access)))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("garbage", ["x", "a.b.c", "é", "e30.e30.", "." * 5, "A" * 5000])
def test_garbage_is_no_token(garbage):
    assert tokens.read(garbage, use="access") is None
    assert refresh_tokens(garbage) is None


def test_a_token_is_good_for_its_own_use_only():
    pair = tokens_of(a_person())
    assert me(pair.refresh).status_code == 401
    assert AccountClient().refresh(pair.access).status_code == 400


def test_keys_rotate_without_logging_anybody_out(settings):
    old, new = settings.JWT_SECRETS[0], "n" * 32
    pair = tokens_of(a_person())
    settings.JWT_SECRETS = [new, old]
    assert me(pair.access).status_code == 200
    next_pair = AccountClient().refresh(pair.refresh).json()["data"]
    assert jwt.get_unverified_header(next_pair["access_token"])["kid"] == signing_key().kid
    settings.JWT_SECRETS = [new]
    assert me(next_pair["access_token"]).status_code == 200
    assert me(pair.access).status_code == 401


def test_whoever_verifies_tokens_can_fetch_the_keys(client, settings):
    settings.JWT_SECRETS = [*settings.JWT_SECRETS, "o" * 32]
    keys = jwt.PyJWKSet.from_dict(client.get("/api/v1/auth/keys").json())
    token = tokens_of(a_person()).access
    assert len(keys.keys) == 2
    assert {key.key_id for key in keys.keys} == set(verifying_keys())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["EdDSA"], audience="treum-api")["token_use"] == "access"


def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_family():
    first = tokens_of(a_person())
    second = AccountClient().refresh(first.refresh).json()["data"]
    assert me(second["access_token"]).status_code == 200
    assert AccountClient().refresh(first.refresh).status_code == 400
    family = TokenFamily.objects.get()
    assert family.revoked_for == "refresh_token_reused"
    assert not Session.objects.filter(session_key=family.session_key).exists()
    assert me(first.access).status_code == me(second["access_token"]).status_code == 401
    assert AccountClient().refresh(second["refresh_token"]).status_code == 400


def test_another_session_outlives_the_end_of_a_family():
    person = a_person()
    stolen, other = tokens_of(person), tokens_of(person)
    refresh_tokens(stolen.refresh)
    assert refresh_tokens(stolen.refresh) is None
    assert me(other.access).status_code == 200


def test_a_family_ends_with_its_session():
    pair = tokens_of(a_person())
    Session.objects.all().delete()
    assert me(pair.access).status_code == 401
    assert refresh_tokens(pair.refresh) is None


def test_a_person_who_is_switched_off_is_out_at_once():
    person = a_person()
    pair = tokens_of(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert me(pair.access).status_code == 401
    assert refresh_tokens(pair.refresh) is None


def test_logging_out_ends_the_tokens_of_the_session_only():
    person = a_person()
    here, there = AccountClient(), AccountClient()
    access = here.log_in(person.email).json()["meta"]["access_token"]
    other = there.log_in(person.email).json()["meta"]["access_token"]
    here.call("DELETE", "/auth/session", Authorization=f"Bearer {access}")
    assert me(access).status_code == 401
    assert me(other).status_code == 200


def test_a_change_of_password_ends_every_session():
    person = a_person()
    elsewhere = tokens_of(person)
    here = AccountClient()
    access = here.log_in(person.email).json()["meta"]["access_token"]
    change = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    here.call("POST", "/account/password/change", change, Authorization=f"Bearer {access}")
    assert me(access).status_code == me(elsewhere.access).status_code == 401
    assert refresh_tokens(elsewhere.refresh) is None
    assert AccountClient().log_in(person.email, "another long passphrase").status_code == 200


def test_sessions_are_listed_and_ended_by_their_owner():
    person = a_person()
    here, there = AccountClient(), AccountClient()
    access = here.log_in(person.email).json()["meta"]["access_token"]
    other = there.log_in(person.email).json()["meta"]["access_token"]
    sessions = here.call("GET", "/auth/sessions").json()["data"]
    assert sorted(session["is_current"] for session in sessions) == [False, True]
    ending = [session["id"] for session in sessions if not session["is_current"]]
    assert here.call("DELETE", "/auth/sessions", {"sessions": ending}).status_code == 200
    assert me(other).status_code == 401
    assert there.call("GET", "/auth/session").status_code == 410
    assert me(access).status_code == 200


def test_a_session_that_only_a_cache_remembers_has_ended():
    person = a_person()
    client = AccountClient()
    client.log_in(person.email)
    Session.objects.all().delete()
    assert client.call("GET", "/auth/session").status_code == 410


def test_losing_the_cache_logs_nobody_out():
    client = AccountClient()
    access = client.log_in(a_person().email).json()["meta"]["access_token"]
    caches["sessions"].delete(KEY_PREFIX + TokenFamily.objects.get().session_key)
    assert me(access).status_code == 200
    assert client.call("GET", "/auth/session").status_code == 200


def test_ending_sessions_twice_is_harmless():
    person = a_person()
    tokens_of(person)
    end_sessions(person.pk, reason="first")
    end_sessions(person.pk, reason="second")
    assert TokenFamily.objects.get().revoked_for == "first"


def _a_cached_session(person):
    """Return where the cache keeps a session of this person."""
    tokens_of(person)
    key: str = KEY_PREFIX + TokenFamily.objects.get(user=person).session_key
    caches["sessions"].set(key, {"kept": "of a request"})
    return key


def test_an_ended_session_leaves_the_cache_when_it_is_final(django_capture_on_commit_callbacks):
    person = a_person()
    key = _a_cached_session(person)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        end_sessions(person.pk, reason="ended")
        caches["sessions"].set(key, {"put back": "by a request"})
    assert caches["sessions"].get(key) is None


def test_a_session_whose_end_is_taken_back_stays_in_the_cache(django_capture_on_commit_callbacks):
    person = a_person()
    key = _a_cached_session(person)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        end_sessions(person.pk, reason="ended")
        transaction.set_rollback(True)
    assert caches["sessions"].get(key) is not None
    assert TokenFamily.objects.get(user=person).revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_of_parallel_refreshes_one_succeeds():
    pair = tokens_of(a_person())

    def refresh(_):
        try:
            return refresh_tokens(pair.refresh)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(refresh, range(8)))
    assert len([result for result in results if result is not None]) == 1
    assert TokenFamily.objects.get().revoked_for == "refresh_token_reused"
