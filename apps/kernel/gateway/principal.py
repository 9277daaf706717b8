"""Who calls: a person with a session, or a program with a key of theirs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest


class Means(StrEnum):
    """By what a caller has shown who they are."""

    SESSION = "session"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request. `user` is the project's user model; `scopes` are those of a key, None is everything."""

    user: Any
    means: Means
    credential_id: UUID
    scopes: frozenset[str] | None = None

    @property
    def user_id(self) -> UUID:
        return UUID(str(self.user.pk))

    @property
    def is_staff(self) -> bool:
        """Tell whether this is a member of staff in person; a key never is."""
        return self.means is Means.SESSION and bool(self.user.is_staff)

    def may(self, scope: str | None) -> bool:
        """Tell whether this caller may use an operation of that scope; a key never may where there is none."""
        return self.scopes is None or scope in self.scopes


class Doorkeeper(Protocol):
    """Knows callers. The project names one in TREUM_GATEWAY_DOORKEEPER."""

    def principal_of(self, request: HttpRequest) -> Principal | None:
        """Return the caller, or None when the request names none. Raises BadCredentials for bad credentials."""

    def authenticated_at(self, request: HttpRequest, principal: Principal) -> datetime | None:
        """Return when this person last proved who they are, with a password or a second factor."""
