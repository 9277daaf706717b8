"""`Authorization: Bearer <token>`: who calls."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.kernel.observability import trace as tracing
from apps.users.models import AccessToken, User
from apps.users.services import authenticate_token

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """Recognise a caller by an access token, and act as them in the current trace."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """Return the user and the token, or None without one. Raises AuthenticationFailed for a bad token."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        token = authenticate_token(credentials.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked; log in again.")
        tracing.act_as(f"user:{token.user_id}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return f'{SCHEME} realm="treum"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library has no types here
    """How the OpenAPI document describes the token."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "From `POST /api/v1/auth/token`."}
