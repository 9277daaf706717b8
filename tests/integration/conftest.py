"""What the tests of every context share: a member of staff, and the admin with them before it."""

import pytest
from django.test import Client

from apps.users.models import User
from tests.support.people import a_person


@pytest.fixture
def staff() -> User:
    """Somebody who may do everything in the admin."""
    return a_person(is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """The admin, with `staff` before it."""
    client.force_login(staff)
    return client
