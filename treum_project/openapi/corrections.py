"""What allauth answers and its document leaves out, found by calling every address of it at random."""

from typing import Any

_UNAUTHENTICATED = {"$ref": "#/components/responses/Authentication"}
_REAUTHENTICATE = {"$ref": "#/components/responses/AuthenticationOrReauthentication"}

CORRECTIONS: dict[tuple[str, str], dict[str, Any]] = {}
"""Members of operations that take the place of allauth's, by route and method; answers are added to its own."""
