"""allauth's token strategy: sessions for logging in, and our own families of tokens once somebody is in."""

from typing import Any, cast

from allauth.core.internal.httpkit import authenticated_user
from allauth.headless.internal import sessionkit
from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from apps.kernel.observability import trace as tracing
from apps.users.api.authentication import bearer_token
from apps.users.selectors import grant_of_access_token, session_exists
from apps.users.services import open_family, refresh_tokens


class FamilyTokens(AbstractTokenStrategy):  # type: ignore[misc] # allauth ships no types
    """Gives out an access and a refresh token at login, and knows the session of each."""

    def create_session_token(self, request: HttpRequest) -> str:
        """Return the token of the session in which somebody is logging in."""
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def get_session_token(self, request: HttpRequest) -> str | None:
        """Return the session that the request names, by its own token or by an access token."""
        token = super().get_session_token(request)
        if token:
            return cast(str, token)
        grant = grant_of_access_token(bearer_token(request))
        return None if grant is None else grant.session_key

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """Return the session of a token, unless it has ended; the database decides, never a cache."""
        if not session_exists(session_token):
            return None
        session = cast(SessionBase | None, sessionkit.lookup_session(session_token))
        if session is not None and (user_id := session.get(SESSION_KEY)):
            tracing.act_as(f"user:{user_id}")
        return session

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        """Return the tokens of a new login."""
        tokens = open_family(authenticated_user(request), session_key=self.create_session_token(request))
        return {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_in": tokens.expires_in,
        }

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """Return the next tokens, or None for a token that is not, or no longer, good."""
        tokens = refresh_tokens(refresh_token)
        return None if tokens is None else (tokens.access, tokens.refresh)
