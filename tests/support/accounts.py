"""A client of the account API, as a frontend would be one: addresses, tokens, and second factors."""

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from pydantic_core import to_json

from tests.support.people import PASSWORD, an_address

AUTH = "/api/v1/auth/app/v1"
TOTP_SECONDS = 30


class AccountClient:
    """Calls allauth's headless API and keeps the session token that it gives out while logging in."""

    def __init__(self) -> None:
        self.http = Client(raise_request_exception=False, REMOTE_ADDR=an_address())
        self.session_token = ""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Return the answer to a request below the account API."""
        if self.session_token and "Authorization" not in headers:
            headers["X-Session-Token"] = self.session_token
        answer = self.http.generic(method, AUTH + path, _json(body), content_type="application/json", headers=headers)
        meta = answer.json().get("meta", {}) if answer.content else {}
        self.session_token = meta.get("session_token", self.session_token)
        return answer

    def log_in(self, email: str, password: str = PASSWORD) -> Any:
        """Return the answer to a login."""
        return self.call("POST", "/auth/login", {"email": email, "password": password})

    def refresh(self, token: str) -> Any:
        """Return the answer to a refresh token."""
        return self.http.post(AUTH + "/tokens/refresh", {"refresh_token": token}, content_type="application/json")


def me(access_token: str) -> Any:
    """Return the answer of `GET /api/v1/me` to this token."""
    return Client(REMOTE_ADDR=an_address()).get("/api/v1/me", headers={"Authorization": f"Bearer {access_token}"})


def totp_code(secret: str, *, at: float | None = None) -> str:
    """Return the code that an authenticator app shows for a secret (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int((at or time.time()) // TOTP_SECONDS)))


def _json(body: dict[str, Any] | None) -> bytes:
    return b"" if body is None else to_json(body)
