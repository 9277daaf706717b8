"""What the gate asks of each request and answers in front of each view, as the table of rules has it."""

from http import HTTPStatus
from typing import Any

from apps.kernel.api.errors import MEDIA_TYPE, ServiceUnreachable, status_of
from apps.kernel.api.schema import problem_example, sentence_of
from apps.kernel.errors import MethodNotAllowed, TreumError
from apps.kernel.gateway import errors
from apps.kernel.gateway.addresses import rule_at
from apps.kernel.gateway.policy import Idempotency, RateClass, Rule, Who
from treum_project.openapi.accounts import METHODS, SESSION_TOKEN

OpenApi = dict[str, Any]
Errors = list[type[TreumError]]

CREDENTIALS: Errors = [errors.LoginRequired, errors.BadCredentials, errors.TwoCredentials]
REPEATED: Errors = [errors.IdempotencyKeyMalformed, errors.IdempotencyKeyInFlight, errors.IdempotencyKeyReused]

HEADERS: OpenApi = {
    "RateLimitLimit": {"description": "How many requests the scarcest bucket holds.", "schema": {"type": "integer"}},
    "RateLimitRemaining": {"description": "How many are left in it.", "schema": {"type": "integer"}},
    "RateLimitReset": {"description": "In how many seconds it is full again.", "schema": {"type": "integer"}},
    "RetryAfter": {"description": "How many seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "CorrelationId": {"description": "Name it to us when you ask about this.", "schema": {"type": "string"}},
    "Challenge": {"description": "How to show who you are.", "schema": {"type": "string"}},
    "IdempotentReplayed": {
        "description": "`true` where this is the answer that an earlier request with the same key got.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
RATE_HEADERS = {
    "RateLimit-Limit": "RateLimitLimit",
    "RateLimit-Remaining": "RateLimitRemaining",
    "RateLimit-Reset": "RateLimitReset",
}
WAITED_FOR = ("429", "503")
IDEMPOTENCY_KEY: OpenApi = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "A name that you make up for this one deed. Sent again within 24 hours with the same body, it gets the same "
        "answer, and nothing is done a second time."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "5f0c6c1e-6d58-4a0e-9f3c-0c8f2b1f7a11",
}
SESSION_SCHEME: OpenApi = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Session-Token",
    "description": (
        "The session in which somebody signs up or logs in: `meta.session_token` of the last answer. Once logged in, "
        "the access token serves as well."
    ),
}


def add_gate(document: OpenApi) -> None:
    """Add to each operation what its rule asks and answers."""
    components = document["components"]
    components.setdefault("headers", {}).update(HEADERS)
    components.setdefault("parameters", {})["IdempotencyKey"] = {**IDEMPOTENCY_KEY, "required": True}
    components["parameters"]["IdempotencyKeyIfAny"] = {**IDEMPOTENCY_KEY, "required": False}
    components["securitySchemes"][SESSION_TOKEN] = SESSION_SCHEME
    for path, item in document["paths"].items():
        for method in METHODS:
            rule = rule_at(path, method)
            if method in item and rule is not None:
                _describe(item[method], rule)


def _describe(operation: OpenApi, rule: Rule) -> None:
    for error in _errors_of(rule):
        _add_error(operation["responses"], error)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    if rule.who is Who.PUBLIC or operation.get("security") == [{}]:
        operation["security"] = []
    if rule.idempotency is not Idempotency.IGNORED:
        name = "IdempotencyKey" if rule.idempotency is Idempotency.REQUIRED else "IdempotencyKeyIfAny"
        operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{name}"})
    for status, response in operation["responses"].items():
        _add_headers(response, status=status, rule=rule)


def _errors_of(rule: Rule) -> Errors:
    found: Errors = [MethodNotAllowed, errors.BodyTooLarge, ServiceUnreachable]
    if rule.rate is not RateClass.HEALTH:
        found.append(errors.TooManyRequests)
    if rule.who in (Who.USER, Who.STAFF):
        found += [*CREDENTIALS, errors.KeysNotAccepted if rule.scope is None else errors.ScopeMissing]
    if rule.who is Who.STAFF:
        found.append(errors.Denied)
    if rule.step_up:
        found.append(errors.ReauthenticationRequired)
    if rule.idempotency is not Idempotency.IGNORED:
        found += REPEATED
    if rule.idempotency is Idempotency.REQUIRED:
        found.append(errors.IdempotencyKeyRequired)
    return found


def _add_error(responses: OpenApi, error: type[TreumError]) -> None:
    code, sentence = sentence_of(error)
    status = str(status_of(error))
    response = responses.setdefault(status, {"description": HTTPStatus(int(status)).phrase})
    body = response.setdefault("content", {}).setdefault(MEDIA_TYPE, {})
    body.setdefault("schema", {"$ref": "#/components/schemas/Problem"})
    body.setdefault("examples", {}).setdefault(code, {"value": problem_example(code, status=status, detail=sentence)})


def _add_headers(response: OpenApi, *, status: str, rule: Rule) -> None:
    if "$ref" in response:
        return
    names = {"X-Correlation-ID": "CorrelationId"}
    if rule.rate is not RateClass.HEALTH:
        names |= RATE_HEADERS
    if status in WAITED_FOR:
        names["Retry-After"] = "RetryAfter"
    if status == "401" and rule.who in (Who.USER, Who.STAFF):
        names["WWW-Authenticate"] = "Challenge"
    if rule.idempotency is not Idempotency.IGNORED and status[0] in "24":
        names["Idempotent-Replayed"] = "IdempotentReplayed"
    headers = {name: {"$ref": f"#/components/headers/{part}"} for name, part in names.items()}
    response["headers"] = {**response.get("headers", {}), **headers}
