"""Sign-up, login, second factors and resets, over the account API; and how often a password may be tried."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.db import connections
from django.test import Client

from apps.kernel import redis_client
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.users.enums import MailKind
from apps.users.models import Mail, User
from tests.support.accounts import AUTH, AccountClient, me, totp_code
from tests.support.people import PASSWORD, a_person, an_address, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NEW_PASSWORD = "another long passphrase"


def _sign_up(client, email):
    return client.call("POST", "/auth/signup", {"email": email, "password": PASSWORD})


def _key_of(mail):
    return unquote(mail.link.rpartition("/")[2])


def _events(kind):
    return OutboxMessage.objects.using("default").filter(name=kind).count()


def _a_second_factor(client):
    client.call("POST", "/auth/reauthenticate", {"password": PASSWORD})
    secret = client.call("GET", "/account/authenticators/totp").json()["meta"]["secret"]
    assert client.call("POST", "/account/authenticators/totp", {"code": totp_code(secret)}).status_code == 200
    return secret


def test_whoever_signs_up_is_in_once_their_address_is_verified():
    email, client = f"{uuid7()}@example.com", AccountClient()
    assert _sign_up(client, email).status_code == 401
    assert _events("user.registered") == 1
    assert client.log_in(email).status_code == 401
    mail = Mail.objects.filter(kind=MailKind.CONFIRM_SIGN_UP).latest("created_at")
    assert mail.address == email
    assert mail.link.startswith("http://127.0.0.1:3000/verify-email/")
    client.call("POST", "/auth/email/verify", {"key": _key_of(mail)})
    assert EmailAddress.objects.get(email=email).verified
    answer = AccountClient().log_in(email.upper())
    assert answer.status_code == 200
    assert me(answer.json()["meta"]["access_token"]).json()["email"] == email


def test_signing_up_with_a_known_address_looks_the_same_and_mails_its_owner():
    person = a_person()
    known, unknown = _sign_up(AccountClient(), person.email), _sign_up(AccountClient(), f"{uuid7()}@example.com")
    assert known.status_code == unknown.status_code
    assert known.json()["data"] == unknown.json()["data"]
    assert Mail.objects.get(kind=MailKind.ACCOUNT_EXISTS).address == person.email
    assert User.objects.filter(email=person.email).count() == 1


def test_a_private_column_is_sealed_in_the_database():
    person = a_person()
    AccountClient().call("POST", "/auth/password/request", {"email": person.email})
    mail = Mail.objects.get()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(mail)::text FROM users_mail AS mail")
        (row,) = cursor.fetchone()
    assert person.email not in row
    assert _key_of(mail) not in row


def test_a_reset_changes_the_password_once():
    person, client = a_person(), AccountClient()
    assert client.call("POST", "/auth/password/request", {"email": person.email}).status_code == 200
    key = _key_of(Mail.objects.get(kind=MailKind.RESET_PASSWORD))
    reset = {"key": key, "password": NEW_PASSWORD}
    assert client.call("POST", "/auth/password/reset", reset).status_code in (200, 401)
    assert AccountClient().call("POST", "/auth/password/reset", reset).status_code == 400
    assert AccountClient().log_in(person.email, NEW_PASSWORD).status_code == 200
    assert AccountClient().log_in(person.email).status_code == 400
    assert Mail.objects.filter(kind=MailKind.SECURITY_NOTICE, notice="password_reset").count() == 1


def test_a_second_factor_is_asked_for_and_its_secret_is_sealed():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = _a_second_factor(client)
    assert secret not in str(list(Authenticator.objects.values()))
    again = AccountClient()
    first = again.log_in(person.email)
    assert first.status_code == 401
    assert "access_token" not in first.json()["meta"]
    assert again.call("POST", "/auth/2fa/authenticate", {"code": "000000"}).status_code == 400
    second = again.call("POST", "/auth/2fa/authenticate", {"code": totp_code(secret)})
    assert second.status_code == 200
    assert me(second.json()["meta"]["access_token"]).status_code == 200


def test_a_code_is_good_once():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    code, statuses = totp_code(_a_second_factor(client)), []
    for _ in range(2):
        again = AccountClient()
        again.log_in(person.email)
        statuses.append(again.call("POST", "/auth/2fa/authenticate", {"code": code}).status_code)
    assert statuses == [200, 400]


TOTP, CODES = "/account/authenticators/totp", "/account/authenticators/recovery-codes"


def _asked_for(answer):
    """Return what may prove it, when an answer asks for a proof."""
    return [flow["id"] for flow in answer.json()["data"]["flows"]] if answer.status_code == 401 else None


def test_a_password_does_not_take_a_second_factor_away():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = _a_second_factor(client)
    assert client.call("POST", "/auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert _asked_for(client.call("DELETE", TOTP)) == ["reauthenticate", "mfa_reauthenticate"]
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    assert client.call("POST", "/auth/2fa/reauthenticate", {"code": totp_code(secret)}).status_code == 200
    assert client.call("POST", "/auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert client.call("DELETE", TOTP).status_code == 200
    assert not Authenticator.objects.filter(user=person).exists()


def test_a_password_does_not_show_or_renew_the_codes_that_stand_for_a_second_factor():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = _a_second_factor(client)
    assert client.call("GET", CODES).status_code == 200
    Authenticator.objects.filter(user=person).update(created_at=now() - timedelta(minutes=6))
    assert client.call("POST", "/auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert [_asked_for(client.call(method, CODES)) is None for method in ("GET", "POST")] == [False, False]
    assert client.call("POST", "/auth/2fa/reauthenticate", {"code": totp_code(secret)}).status_code == 200
    assert [client.call(method, CODES).status_code for method in ("GET", "POST")] == [200, 200]


def test_a_proof_by_second_factor_grows_old(time_machine):
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = _a_second_factor(client)
    client.call("POST", "/auth/2fa/reauthenticate", {"code": totp_code(secret)})
    time_machine.move_to(now() + timedelta(minutes=6))
    client.call("POST", "/auth/reauthenticate", {"password": PASSWORD})
    assert _asked_for(client.call("DELETE", TOTP)) is not None
    assert Authenticator.objects.filter(user=person, type="totp").exists()


def test_a_recovery_code_is_proof_enough_for_whoever_lost_their_app():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    _a_second_factor(client)
    codes = client.call("GET", CODES).json()["data"]["unused_codes"]
    again = AccountClient()
    again.log_in(person.email)
    again.call("POST", "/auth/2fa/authenticate", {"code": codes[0]})
    assert _asked_for(again.call("DELETE", TOTP)) is not None
    assert again.call("POST", "/auth/2fa/reauthenticate", {"code": codes[1]}).status_code == 200
    assert again.call("DELETE", TOTP).status_code == 200


def test_a_recovery_code_opens_once():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    _a_second_factor(client)
    codes = client.call("GET", "/account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    statuses = []
    for _ in range(2):
        again = AccountClient()
        again.log_in(person.email)
        statuses.append(again.call("POST", "/auth/2fa/authenticate", {"code": codes[0]}).status_code)
    assert statuses == [200, 400]


def test_codes_of_a_second_factor_cannot_be_guessed_at_will(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/300s/key"}
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = _a_second_factor(client)
    again = AccountClient()
    again.log_in(person.email)
    guesses = [again.call("POST", "/auth/2fa/authenticate", {"code": f"{guess:06}"}) for guess in range(4)]
    codes = [guess.json()["errors"][0]["code"] for guess in guesses]
    assert codes == ["incorrect_code"] * 3 + ["too_many_login_attempts"]
    right = again.call("POST", "/auth/2fa/authenticate", {"code": totp_code(secret)})
    assert right.status_code == 400


def test_a_second_factor_is_added_only_after_a_fresh_proof():
    person, client = a_person(), AccountClient()
    client.log_in(person.email)
    secret = client.call("GET", "/account/authenticators/totp").json()["meta"]["secret"]
    answer = client.call("POST", "/account/authenticators/totp", {"code": totp_code(secret)})
    assert answer.status_code == 401
    assert {"id": "reauthenticate"} in answer.json()["data"]["flows"]
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("known", [True, False], ids=["a wrong password", "an unknown address"])
def test_a_wrong_login_is_refused_in_the_same_words(known):
    email = a_person().email if known else f"{uuid7()}@example.com"
    answer = AccountClient().log_in(email, "wrong")
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["email_password_mismatch"]


def test_a_dead_token_in_the_header_does_not_stop_a_login():
    body = {"email": a_person().email, "password": PASSWORD}
    answer = Client(REMOTE_ADDR=an_address()).post(
        f"{AUTH}/auth/login", body, content_type="application/json", headers={"Authorization": "Bearer dead"}
    )
    assert answer.status_code == 200


def test_tries_are_counted_for_each_account_and_right_ones_are_taken_back(settings):
    settings.TREUM_LOGIN_TRIES_PER_EMAIL = 3
    person, other = a_person(), a_person()
    for _ in range(5):
        assert AccountClient().log_in(person.email).status_code == 200
    codes = [AccountClient().log_in(person.email, "guess").json()["errors"][0]["code"] for _ in range(4)]
    assert codes == ["email_password_mismatch"] * 3 + ["too_many_login_attempts"]
    assert AccountClient().log_in(person.email).json()["errors"][0]["code"] == "too_many_login_attempts"
    assert AccountClient().log_in(other.email).status_code == 200


def test_the_admin_counts_the_same_tries(client, settings):
    settings.TREUM_LOGIN_TRIES_PER_EMAIL = 2
    person = a_person(is_staff=True)
    for password in ("guess", "guess", PASSWORD):
        reply = client.post("/admin/login/?next=/admin/", {"username": person.email, "password": password})
        assert reply.status_code == 200
    assert authenticate(username=person.email, password=PASSWORD) is None


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_parallel_guesses_only_the_limit_is_looked_at(settings, monkeypatch):
    settings.TREUM_LOGIN_TRIES_PER_EMAIL = 7
    settings.ACCOUNT_RATE_LIMITS = False
    person, looked_at = a_person(), []
    check = User.check_password

    def counting(self, raw_password):
        looked_at.append(raw_password)
        return check(self, raw_password)

    monkeypatch.setattr(User, "check_password", counting)

    def guess(number):
        try:
            return AccountClient().log_in(person.email, f"guess {number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(guess, range(100)))
    assert set(statuses) <= {400, 429}
    assert len(looked_at) == 7


@pytest.fixture
def without_redis(settings):
    """Redis at an address where nobody listens."""
    away = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = away
    settings.CACHES = {alias: {**cache, "LOCATION": away} for alias, cache in settings.CACHES.items()}
    redis_client.client.cache_clear()
    yield
    redis_client.client.cache_clear()


@pytest.mark.usefixtures("without_redis")
def test_without_redis_people_log_in_stay_in_and_cannot_be_guessed(settings):
    settings.TREUM_LOGIN_TRIES_PER_EMAIL = 8
    person, client = a_person(), AccountClient()
    access = client.log_in(person.email).json()["meta"]["access_token"]
    assert me(access).status_code == 200
    assert client.call("GET", "/auth/session").status_code == 200
    codes = [AccountClient().log_in(person.email, "guess").json()["errors"][0]["code"] for _ in range(3)]
    assert codes == ["email_password_mismatch"] * 2 + ["too_many_login_attempts"]


def test_strangers_cannot_flood_an_address_with_mails(settings):
    settings.TREUM_MAILS_PER_HOUR = 3
    person = a_person()
    for _ in range(5):
        assert AccountClient().call("POST", "/auth/password/request", {"email": person.email}).status_code == 200
    assert Mail.objects.count() == 3


def test_an_address_is_changed_only_after_a_fresh_proof():
    person, client = a_person(), AccountClient()
    access = client.log_in(person.email).json()["meta"]["access_token"]
    thief = {"email": f"{uuid7()}@example.com"}
    refused = client.call("POST", "/account/email", thief, Authorization=f"Bearer {access}")
    assert refused.status_code == 401
    assert not Mail.objects.exists()
    client.call("POST", "/auth/reauthenticate", {"password": PASSWORD}, Authorization=f"Bearer {access}")
    assert client.call("POST", "/account/email", thief, Authorization=f"Bearer {access}").status_code == 200


def test_an_address_is_no_password_for_itself():
    email = "plus+tag@example.com"
    answer = AccountClient().call("POST", "/auth/signup", {"email": email, "password": email})
    assert [error["code"] for error in answer.json()["errors"]] == ["password_too_similar"]
    assert not User.objects.filter(email=email).exists()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" * 100_000, id="nested in lists"),
        pytest.param('{"a":' * 20_000 + "1" + "}" * 20_000, id="nested in objects"),
        pytest.param('{"email":' + "9" * 5000 + "}", id="an endless number"),
        pytest.param('{"email":"\\ud800"}', id="half a character"),
    ],
)
@pytest.mark.parametrize("path", [f"{AUTH}/auth/login", "/api/v1/api-keys"])
def test_json_that_nothing_can_be_made_of_is_refused(path, body):
    client = client_of(a_person(), proved=True)
    client.handler.raise_request_exception = False
    answer = client.generic("POST", path, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("body_unreadable")


@pytest.mark.parametrize(
    "body",
    ['{"name":"a","name":"b"}', '{"name":"a","deep":[{"scopes":1,"scopes":1}]}', '{"name":"a","nam\\u0065":"b"}'],
    ids=["at the top", "below", "written in two ways"],
)
@pytest.mark.parametrize("path", [f"{AUTH}/auth/login", "/api/v1/api-keys"])
def test_json_that_says_two_things_at_once_is_refused(path, body):
    answer = client_of(a_person(), proved=True).generic("POST", path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:treum:problem:name_twice")
    assert "twice; send it once" in answer.json()["detail"]
