"""Knows the callers of the API: people by their access tokens."""

from datetime import datetime

from django.http import HttpRequest

from apps.kernel.gateway.errors import BadCredentials
from apps.kernel.gateway.principal import Means, Principal
from apps.users.api.authentication import bearer_token
from apps.users.selectors import family_of_access_token, proved_identity_at


class UsersDoorkeeper:
    """The doorkeeper of the project's gate; it asks the database one question for each request."""

    def principal_of(self, request: HttpRequest) -> Principal | None:
        """Return the caller, or None when the request names none. Raises BadCredentials."""
        token = bearer_token(request)
        if not token:
            return None
        family = family_of_access_token(token)
        if family is None:
            raise BadCredentials()
        return Principal(user=family.user, means=Means.SESSION, credential_id=family.pk)

    def authenticated_at(self, request: HttpRequest, principal: Principal) -> datetime | None:
        """Return when this person last proved who they are. A key proves nothing."""
        return proved_identity_at(principal.credential_id) if principal.means is Means.SESSION else None
