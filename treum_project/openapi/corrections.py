"""What allauth answers and its document leaves out, found by calling every address of it at random."""

from typing import Any

SOMEONE = "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11"
LOGIN: dict[str, Any] = {
    "type": "object",
    "required": ["email", "password"],
    "properties": {
        "email": {"$ref": "#/components/schemas/Email"},
        "password": {"$ref": "#/components/schemas/Password"},
    },
}
"""Here people log in by e-mail address alone."""

TOKENS: dict[str, Any] = {
    "refresh_token": {
        "type": "string",
        "description": "Takes the place of the access token when that ends; it is good for one use.",
        "example": "eyJhbGciOiJFZERTQSIsImtpZCI6Ik…",
    },
    "expires_in": {"type": "integer", "description": "For how many seconds the access token is good.", "example": 900},
}
"""What our tokens add to the access token in `meta` of an answer."""

LOGIN_ASKED = {"$ref": "#/components/responses/AuthenticationOrReauthentication"}
INPUT_REFUSED = {"$ref": "#/components/responses/Error"}
SESSION_GONE = {"$ref": "#/components/responses/SessionGone"}


def correct_components(components: dict[str, Any]) -> None:
    """Say what allauth really sends and takes where its components say otherwise."""
    schemas = components["schemas"]
    # allauth makes up a new one each time; the value is shared by all of its examples.
    components["examples"]["User"]["value"]["id"] = schemas["User"]["properties"]["id"]["example"] = SOMEONE
    schemas["Login"] = LOGIN
    schemas["OptionalTimestamp"] = {"type": ["number", "null"], "example": 1711555057.065702}
    schemas["AccountConfiguration"]["required"].remove("authentication_method")
    schemas["BaseAuthenticationMeta"]["properties"].update(TOKENS)
    # It is null for whoever has no session at all.
    schemas["AuthenticationMeta"]["allOf"][1]["properties"]["is_authenticated"]["type"] = ["boolean", "null"]
    # Whoever is not logged in is asked for a login wherever a fresh proof would be asked for.
    components["responses"]["ReauthenticationRequired"] = components["responses"]["AuthenticationOrReauthentication"]
    # What asks for a fresh proof fits the words of what asks for a login, too.
    asked = components["responses"]["AuthenticationOrReauthentication"]["content"]["application/json"]["schema"]
    asked["anyOf"] = asked.pop("oneOf")
    # One login can be told in the words of two of these.
    schemas["AuthenticationMethod"]["anyOf"] = schemas["AuthenticationMethod"].pop("oneOf")
