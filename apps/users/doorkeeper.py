"""Knows the callers of the API: people by their access tokens, programs by the keys that people made for them."""

from datetime import datetime

from django.http import HttpRequest

from apps.kernel.gateway import origin
from apps.kernel.gateway.errors import BadCredentials, TwoCredentials
from apps.kernel.gateway.principal import Means, Principal
from apps.users.api.authentication import bearer_token
from apps.users.selectors import grant_of_access_token, key_that_opens, proved_identity_at
from apps.users.services import note_use

KEY_HEADER = "X-API-Key"


class UsersDoorkeeper:
    """The doorkeeper of the project's gate; it asks the database one question for each request.

    Once a minute it also notes that a key is in use.
    """

    def principal_of(self, request: HttpRequest) -> Principal | None:
        """Return the caller, or None when the request names none. Raises BadCredentials."""
        token, key = bearer_token(request), request.headers.get(KEY_HEADER, "")
        if token and key:
            raise TwoCredentials()
        if token:
            return _person(token)
        return _program(key) if key else None

    def authenticated_at(self, request: HttpRequest, principal: Principal) -> datetime | None:
        """Return when this person last proved who they are. A key proves nothing."""
        return proved_identity_at(principal.credential_id) if principal.means is Means.SESSION else None


def _person(token: str) -> Principal:
    grant = grant_of_access_token(token)
    if grant is None:
        raise BadCredentials()
    return Principal(user=grant.user, means=Means.SESSION, credential_id=grant.family_id)


def _program(text: str) -> Principal:
    key = key_that_opens(text, address=origin.current().address)
    if key is None:
        raise BadCredentials()
    note_use(key)
    return Principal(user=key.user, means=Means.API_KEY, credential_id=key.pk, scopes=frozenset(key.scopes))
