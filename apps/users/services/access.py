"""Log in for a token, call with it, give it back."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate

from apps.kernel.clock import now
from apps.users.errors import WrongCredentials
from apps.users.models import AccessToken, User

TOKEN_PREFIX = "treum_"  # noqa: S105 - it only tells people and scanners what such a string is
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as it is shown, once."""

    token: str
    expires_at: datetime
    user: User


def issue_token(email: str, *, password: str) -> IssuedToken:
    """Check a login and return a new token for it.

    Raises WrongCredentials, after the same time whether the address is unknown or the password wrong, because Django
    hashes the password in either case.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials()
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now() + timedelta(days=settings.TREUM_TOKEN_DAYS)
    AccessToken.objects.create(user=user, digest=_digest(token), expires_at=expires_at)
    return IssuedToken(token, expires_at, user)


def authenticate_token(token: str) -> AccessToken | None:
    """Return the living token of an active user, with its user, or None."""
    return (
        AccessToken.objects.select_related("user")
        .filter(digest=_digest(token), revoked_at=None, expires_at__gt=now(), user__is_active=True)
        .first()
    )


def revoke_token(token: AccessToken) -> None:
    """End a token. Harmless when repeated."""
    AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now())


def _digest(token: str) -> str:
    """Hash fast on purpose: 256 random bits cannot be guessed, so a slow hash would only cost every request."""
    return hashlib.sha256(token.encode()).hexdigest()
