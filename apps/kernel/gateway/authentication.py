"""Hands what the gate found on to the REST framework, which neither authenticates nor lets in anybody by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.kernel.api.errors import CHALLENGE
from apps.kernel.gateway.addresses import rule_at
from apps.kernel.gateway.passage import passage_of
from apps.kernel.gateway.principal import Principal
from apps.kernel.gateway.scopes import Scope

ACCESS_TOKEN, API_KEY = "accessToken", "apiKey"


class GateAuthentication(BaseAuthentication):
    """The caller whom the gate found."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the user and the principal, or None for an anonymous caller."""
        principal = passage_of(request._request).principal
        return None if principal is None else (principal.user, principal)

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return CHALLENGE


class LetInByGate(BasePermission):
    """Refuses whatever came to a view without passing the gate."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the gate let this request in."""
        return passage_of(request._request).admitted


class CredentialsScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library has no types here
    """How the OpenAPI document describes tokens and keys, and where keys are accepted."""

    target_class = GateAuthentication
    name = [ACCESS_TOKEN, API_KEY]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Return what an operation asks for: a token, or a key of the scope that its rule names."""
        rule = rule_at(auto_schema.path, auto_schema.method)
        by_key = [{API_KEY: [rule.scope.value]}] if rule is not None and rule.scope is not None else []
        return [{ACCESS_TOKEN: []}, *by_key]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Return the security schemes."""
        token = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a login, see `POST /api/v1/auth/app/v1/auth/login`.",
        }
        scopes = "; ".join(f"`{scope}`: {scope.sentence}" for scope in Scope)
        key = {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": f"A program's key, see `POST /api/v1/api-keys`. Its scopes are {scopes}",
        }
        return [token, key]
