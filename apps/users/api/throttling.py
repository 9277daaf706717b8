"""How often a login may be tried, from one address and for one e-mail, whoever tries it."""

import hashlib

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.kernel.resilience.limiter import seconds_to_wait


class LoginThrottle(BaseThrottle):
    """Counts tries atomically before a password is looked at, so that parallel guesses do not slip through."""

    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this try and say whether it may go on."""
        address, email = self.get_ident(request), _email(request)
        per_address = settings.TREUM_TOKEN_TRIES_PER_ADDRESS
        per_email = settings.TREUM_TOKEN_TRIES_PER_EMAIL
        window = settings.TREUM_TOKEN_TRIES_SECONDS
        self._wait = max(
            seconds_to_wait(f"login:address:{_hidden(address)}", limit=per_address, seconds=window),
            seconds_to_wait(f"login:email:{_hidden(email)}", limit=per_email, seconds=window) if email else 0,
        )
        return self._wait == 0

    def wait(self) -> float | None:
        """Return the seconds to wait."""
        return float(self._wait) or None


def _email(request: Request) -> str:
    data = request.data
    return str(data.get("email", "")).strip().lower() if isinstance(data, dict) else ""


def _hidden(value: str | None) -> str:
    """Keep personal data out of Redis."""
    return hashlib.sha256((value or "").encode()).hexdigest()[:32]
