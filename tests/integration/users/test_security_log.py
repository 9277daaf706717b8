"""What happens to credentials and sessions stands in the audit log, with who did it and from where."""

from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from apps.kernel.resilience.limiter import hashed
from apps.users.enums import AuthAction, MailKind
from apps.users.models import Mail, User
from apps.users.services import refresh_tokens
from tests.support.accounts import AccountClient, totp_code
from tests.support.audit import entries
from tests.support.people import PASSWORD, a_person, an_address, tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NEW_PASSWORD = "another long passphrase"


@pytest.fixture
def person():
    return a_person()


def told(person):
    return [(entry.action, entry.actor, entry.after) for entry in entries(subject=person.pk)]


def name(person):
    return f"user:{person.pk}"


def test_a_login_and_a_logout(person):
    client = AccountClient()
    client.log_in(person.email)
    client.call("DELETE", "/auth/session")
    assert told(person) == [
        (AuthAction.LOGIN, name(person), {"methods": ["password"]}),
        (AuthAction.LOGOUT, name(person), None),
    ]
    assert entries(subject=person.pk)[0].opened["address"]


def test_a_wrong_password_for_an_address_that_somebody_has_and_for_one_that_nobody_has(person):
    for email in (person.email.upper(), "nobody@example.com"):
        AccountClient().log_in(email, "wrong")
    known, unknown = entries(action=AuthAction.LOGIN_FAILED)
    assert (known.subject, unknown.subject) == (person.pk, None)
    assert (known.object, unknown.object) == (f"email/{hashed(person.email)}", f"email/{hashed('nobody@example.com')}")
    assert (known.actor, unknown.actor) == ("anonymous", "anonymous")
    assert unknown.opened["address"]


def test_what_is_refused_unseen_does_not_fill_the_log(person, settings):
    settings.TREUM_LOGIN_TRIES_PER_EMAIL = 2
    for _ in range(4):
        AccountClient().log_in(person.email, "wrong")
    assert [action for action, _, _ in told(person)] == [AuthAction.LOGIN_FAILED] * 2


def test_the_admin_is_a_door_like_the_others(client):
    person = a_person(is_staff=True)
    page = reverse("admin:login")
    for password in ("wrong", PASSWORD):
        client.post(page, {"username": person.email, "password": password}, REMOTE_ADDR=an_address())
    client.post(reverse("admin:logout"))
    assert [action for action, _, _ in told(person)] == [
        AuthAction.LOGIN_FAILED,
        AuthAction.LOGIN,
        AuthAction.LOGOUT,
    ]


def test_a_second_factor_comes_fails_and_goes(person):
    client = AccountClient()
    client.log_in(person.email)
    client.call("POST", "/auth/reauthenticate", {"password": PASSWORD})
    secret = client.call("GET", "/account/authenticators/totp").json()["meta"]["secret"]
    client.call("POST", "/account/authenticators/totp", {"code": totp_code(secret)})
    other = AccountClient()
    other.log_in(person.email)
    other.call("POST", "/auth/2fa/authenticate", {"code": "000000"})
    client.call("POST", "/auth/2fa/reauthenticate", {"code": totp_code(secret)})
    client.call("DELETE", "/account/authenticators/totp")
    assert told(person)[1:] == [
        (AuthAction.SECOND_FACTOR_ADDED, name(person), {"type": "totp"}),
        (AuthAction.SECOND_FACTOR_ADDED, name(person), {"type": "recovery_codes"}),
        (AuthAction.SECOND_FACTOR_FAILED, "anonymous", {"type": "totp"}),
        (AuthAction.SECOND_FACTOR_REMOVED, name(person), {"type": "totp"}),
        (AuthAction.SECOND_FACTOR_REMOVED, name(person), {"type": "recovery_codes"}),
    ]
    assert not Authenticator.objects.filter(user=person).exists()


def test_a_changed_password_ends_the_sessions(person):
    client = AccountClient()
    client.log_in(person.email)
    client.call("POST", "/account/password/change", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert told(person)[1:3] == [
        (AuthAction.PASSWORD_CHANGED, name(person), None),
        (AuthAction.SESSIONS_ENDED, name(person), {"reason": "password_changed", "sessions": 1}),
    ]


def test_a_password_that_was_reset_is_its_owners(person):
    AccountClient().call("POST", "/auth/password/request", {"email": person.email})
    key = unquote(Mail.objects.get(kind=MailKind.RESET_PASSWORD).link.rpartition("/")[2])
    AccountClient().call("POST", "/auth/password/reset", {"key": key, "password": NEW_PASSWORD})
    assert told(person)[0] == (AuthAction.PASSWORD_CHANGED, name(person), None)


def test_a_changed_address_is_told_to_those_only_who_may_know(person):
    old, new = person.email, f"new-{person.email}"
    client = AccountClient()
    client.log_in(person.email)
    client.call("POST", "/auth/reauthenticate", {"password": PASSWORD})
    client.call("POST", "/account/email", {"email": new})
    key = unquote(Mail.objects.get(kind=MailKind.CONFIRM_ADDRESS).link.rpartition("/")[2])
    client.call("POST", "/auth/email/verify", {"key": key})
    assert User.objects.get(pk=person.pk).email == new
    (entry,) = entries(action=AuthAction.EMAIL_CHANGED)
    assert (entry.opened["before"], entry.opened["after"]) == (old, new)
    assert old not in entry.personal
    assert (entry.before, entry.after, entry.actor) == (None, None, name(person))


def test_a_token_that_comes_twice(person):
    tokens = tokens_of(person)
    assert refresh_tokens(tokens.refresh) is not None
    assert refresh_tokens(tokens.refresh) is None
    assert [action for action, _, _ in told(person)] == [AuthAction.SESSIONS_ENDED, AuthAction.TOKEN_REUSED]
