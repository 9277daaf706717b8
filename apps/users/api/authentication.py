"""`Authorization: Bearer <token>`: who calls."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.kernel.gateway.principal import Means, Principal
from apps.kernel.observability import trace as tracing
from apps.users.models import User
from apps.users.selectors import family_of_access_token

SCHEME = "Bearer"


def bearer_token(request: HttpRequest | Request) -> str:
    """Return the token that a request carries, or nothing."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == SCHEME.lower() else ""


class AccessTokenAuthentication(BaseAuthentication):
    """Recognise a caller by an access token, and act as them in the current trace."""

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        """Return the user and the principal, or None without a token. Raises AuthenticationFailed for a bad one."""
        token = bearer_token(request)
        if not token:
            return None
        family = family_of_access_token(token)
        if family is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked; log in again.")
        tracing.act_as(f"user:{family.user_id}")
        return family.user, Principal(user=family.user, means=Means.SESSION, credential_id=family.pk)

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return f'{SCHEME} realm="treum"'


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library has no types here
    """How the OpenAPI document describes the token."""

    target_class = AccessTokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a login, see `POST /api/v1/auth/app/v1/auth/login`.",
        }
