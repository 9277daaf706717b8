"""People, and clients that call as them."""

import secrets
import time
from ipaddress import IPv6Address
from uuid import UUID

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.db import SessionStore
from rest_framework.test import APIClient

from apps.kernel.ids import uuid7
from apps.users.models import User
from apps.users.services import open_family
from apps.users.services.sessions import Tokens

PASSWORD = "correct horse battery staple"


def a_person(**fields: object) -> User:
    """Return a new user with a verified address, who can log in with PASSWORD."""
    person = User.objects.create_user(f"{uuid7()}@example.com", PASSWORD, **fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def tokens_of(person: User, *, proved: bool = False) -> Tokens:
    """Return the tokens of a new session of this person, who may just have proved who they are."""
    session = SessionStore()
    if proved:
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.create()
    return open_family(person, session_key=session.session_key)


def an_address() -> str:
    """Return the address of a client that nobody else has, so that limits for each address do not meet."""
    return str(IPv6Address(secrets.randbits(120) + (0xFD << 120)))


def client_of(person: User, *, proved: bool = False) -> APIClient:
    """Return an API client that calls with an access token of this person, from an address of its own.

    Where they just `proved` who they are, it may do what takes a step-up.
    """
    client = APIClient(REMOTE_ADDR=an_address())
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_of(person, proved=proved).access}")
    return client


def nobody() -> UUID:
    """Return the id of someone we do not know."""
    return uuid7()
