"""The one place where a password is looked at, and the count of tries in front of it."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apps.users.services import note_failed_login
from apps.users.services.lockout import forget_try, take_try

_LOCKED_OUT = "treum_locked_out"


class GuardedBackend(AuthenticationBackend):  # type: ignore[misc] # allauth ships no types
    """Checks an e-mail address and a password, unless too many were tried for this account or from this client.

    Each try is counted before the password is looked at, so that parallel guesses do not slip through; the count is
    taken back when the password was right, and the audit log has it when it was wrong. What is refused unseen is not
    recorded: a flood would fill the log.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        """Return who these credentials belong to, or None. Raises PermissionDenied after too many tries."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        attempt = take_try(email)
        if not attempt.allowed:
            if request is not None:
                setattr(request, _LOCKED_OUT, True)
            raise PermissionDenied
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is None:
            note_failed_login(email)
        else:
            forget_try(attempt)
        return user


def was_locked_out(request: HttpRequest) -> bool:
    """Tell whether the last login of this request was refused unseen, after too many tries."""
    return bool(getattr(request, _LOCKED_OUT, False))
