"""`Authorization: Bearer <token>`: where the token of a request stands. Who calls is the gate's to say."""

from django.http import HttpRequest
from rest_framework.request import Request

SCHEME = "Bearer"


def bearer_token(request: HttpRequest | Request) -> str:
    """Return the token that a request carries, or nothing."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == SCHEME.lower() else ""
