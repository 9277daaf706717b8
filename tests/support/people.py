"""People, and clients that call as them."""

from uuid import UUID

from rest_framework.test import APIClient

from apps.kernel.ids import uuid7
from apps.users.models import User
from apps.users.services import issue_token

PASSWORD = "correct horse battery staple"


def a_person(**fields: object) -> User:
    """Return a new user who can log in with PASSWORD."""
    return User.objects.create_user(f"{uuid7()}@example.com", PASSWORD, **fields)


def client_of(person: User) -> APIClient:
    """Return an API client that calls with a token of this person."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_token(person.email, password=PASSWORD).token}")
    return client


def nobody() -> UUID:
    """Return the id of someone we do not know."""
    return uuid7()
