"""Logging in for a token, calling with it, and giving it back."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from apps.kernel.api.errors import TYPE_PREFIX
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.users.errors import EmailMissing
from apps.users.models import AccessToken, User
from apps.users.services import create_users, ensure_user
from tests.support.people import PASSWORD, a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LOGIN = "/api/v1/auth/token"


@pytest.fixture(autouse=True)
def patient_limits(settings):
    """Tests come from one address, many at a time."""
    settings.TREUM_TOKEN_TRIES_PER_ADDRESS = 1_000_000


def test_the_user_model_is_ours_and_its_ids_are_time_ordered():
    assert get_user_model() is User
    first, second = a_person(), a_person()
    assert first.pk.version == 7
    assert first.pk.int >> 80 <= second.pk.int >> 80


def test_a_login_ignores_the_case_of_the_address():
    person = a_person()
    reply = APIClient().post(LOGIN, {"email": person.email.upper(), "password": PASSWORD})
    assert reply.status_code == 201
    assert reply["Cache-Control"] == "no-store"
    assert reply.json()["token_type"] == "Bearer"
    me = APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {reply.json()['token']}"})
    assert me.json()["id"] == str(person.pk)


def test_only_a_digest_of_the_token_is_kept():
    person = a_person()
    token = APIClient().post(LOGIN, {"email": person.email, "password": PASSWORD}).json()["token"]
    kept = AccessToken.objects.get(user=person)
    assert token not in kept.digest
    assert len(kept.digest) == 64


@pytest.mark.parametrize("known", [True, False], ids=["a wrong password", "an unknown address"])
def test_a_wrong_login_is_refused_in_the_same_words(known):
    email = a_person().email if known else f"{uuid7()}@example.com"
    reply = APIClient().post(LOGIN, {"email": email, "password": "wrong"})
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"].startswith("Bearer")
    assert reply.json()["type"] == TYPE_PREFIX + "wrong_credentials"
    assert AccessToken.objects.count() == 0


def test_an_inactive_person_cannot_log_in_and_their_token_is_dead():
    person = a_person()
    client = client_of(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/api/v1/me").status_code == 401
    assert APIClient().post(LOGIN, {"email": person.email, "password": PASSWORD}).status_code == 401


def test_a_revoked_token_is_dead():
    client = client_of(a_person())
    assert client.delete(LOGIN).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_an_expired_token_is_dead():
    person = a_person()
    client = client_of(person)
    AccessToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert client.get("/api/v1/me").status_code == 401


def test_a_dead_token_in_the_header_does_not_stop_a_login():
    person = a_person()
    reply = APIClient().post(
        LOGIN, {"email": person.email, "password": PASSWORD}, headers={"Authorization": "Bearer dead"}
    )
    assert reply.status_code == 201


def test_guessing_is_slowed_down_by_address(settings):
    settings.TREUM_TOKEN_TRIES_PER_EMAIL = 3
    email = f"{uuid7()}@example.com"
    replies = [APIClient().post(LOGIN, {"email": email, "password": "guess"}) for _ in range(5)]
    assert [reply.status_code for reply in replies] == [401, 401, 401, 429, 429]
    assert int(replies[-1]["Retry-After"]) > 0
    assert replies[-1].json()["type"] == TYPE_PREFIX + "throttled"


def test_an_address_is_stored_in_lower_case_or_not_at_all():
    assert User.objects.create_user(" Trader@Example.COM ").email == "trader@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Trader@Example.com")
    with pytest.raises(ValidationError):
        User(email="TRADER@example.com", password="x").full_clean()
    with pytest.raises(EmailMissing):
        User.objects.create_user("  ")


def test_many_users_are_created_once_and_keep_their_order():
    known = a_person()
    addresses = ["b@seed.example", known.email, "A@seed.example", "a@seed.example"]
    first = create_users(addresses)
    assert first[1] == known.pk
    assert first[2] == first[3]
    assert create_users(addresses) == first
    assert User.objects.count() == 3


def test_a_demo_login_can_be_made_again():
    first = ensure_user("Staff@demo.example", password="first-password", staff=True)
    again = ensure_user("staff@demo.example", password="second-password", staff=True)
    assert again.pk == first.pk
    assert again.check_password("second-password")
    assert again.is_superuser


def test_staff_log_into_the_admin_by_address(client):
    ensure_user("staff@demo.example", password=PASSWORD, staff=True)
    reply = client.post("/admin/login/?next=/admin/", {"username": "STAFF@demo.example", "password": PASSWORD})
    assert reply.status_code == 302
    page = client.get("/admin/users/user/")
    assert page.status_code == 200
    assert "TREUM" in page.content.decode()
    assert client.get("/admin/users/user/add/").status_code == 200
    added = {"email": "New@demo.example", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/admin/users/user/add/", added).status_code == 302
    assert User.objects.filter(email="new@demo.example").exists()
