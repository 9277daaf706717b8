"""People as rows: their addresses, the many at once, and the door of the admin."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.users.errors import EmailMissing
from apps.users.models import User
from apps.users.services import create_users, ensure_user
from tests.support.people import PASSWORD, a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_the_user_model_is_ours_and_its_ids_are_time_ordered():
    assert get_user_model() is User
    first, second = a_person(), a_person()
    assert first.pk.version == 7
    assert first.pk.int >> 80 <= second.pk.int >> 80


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
