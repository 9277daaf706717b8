"""allauth's own document, as far as its addresses exist here and the table of rules lets anyone in.

Answers and bodies stay as it has them. Its components get a prefix, so that none is taken for one of ours, and what is
said in the words of OpenAPI 3.0 is said in those of 3.1.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from allauth.headless import spec
from allauth.headless.spec.internal import schema
from django.urls import Resolver404, resolve, reverse

from apps.kernel.gateway.policy import Who, rule_of
from treum_project.openapi.corrections import INPUT_REFUSED, LOGIN_ASKED, SESSION_GONE, correct_components

OpenApi = dict[str, Any]

PREFIX = "Auth"
SOURCE = Path(spec.__file__).parent / "doc" / "openapi.yaml"
THEIR_ROOT = "/_allauth/{client}"
THEIR_APP_ROOT = "/_allauth/app"
SESSION_TOKEN, ACCESS_TOKEN = "sessionToken", "accessToken"
SESSION_PARAMETER = "#/components/parameters/SessionToken"
CLIENT_PARAMETER = "#/components/parameters/Client"
BY_SESSION: list[dict[str, list[str]]] = [{SESSION_TOKEN: []}, {ACCESS_TOKEN: []}]
METHODS = ("get", "post", "put", "patch", "delete")
_REF = re.compile(r"#/components/(\w+)/(\w+)")


def accounts_document() -> OpenApi:
    """Return allauth's part of our document: paths, components and tags."""
    document = yaml.safe_load(SOURCE.read_text())
    schema.specify_user(document)
    schema.specify_signup_fields(document)
    schema.specify_custom_signup_form(document)
    correct_components(document["components"])
    paths = dict(_paths(document["paths"]))
    part = {"paths": paths, "components": _used_components(paths, document["components"]), "tags": document["tags"]}
    return {**_walked(part, _modern), "tags": [_in_one_line(tag) for tag in document["tags"]]}


def _paths(theirs: OpenApi) -> Iterator[tuple[str, OpenApi]]:
    root = reverse("headless:app:config").removesuffix("/v1/config")
    for address, item in theirs.items():
        path = address.replace(THEIR_ROOT, root).replace(THEIR_APP_ROOT, root)
        operations = {method: operation for method in METHODS if (operation := _operation(path, method, item))}
        if operations:
            yield path, operations


def _operation(path: str, method: str, item: OpenApi) -> OpenApi | None:
    """Return an operation as it is here, or None where it is not offered."""
    try:
        route = resolve(path).view_name
    except Resolver404:
        return None
    rule = rule_of(route, method.upper())
    if method not in item or rule is None or rule.who is Who.NOBODY:
        return None
    theirs, parameters = dict(item[method]), item[method].get("parameters", [])
    by_session = any(one.get("$ref") == SESSION_PARAMETER for one in parameters)
    return {
        **_in_one_line(theirs),
        "operationId": _operation_id(route, method, alone=_is_alone(route)),
        "parameters": [one for one in parameters if one.get("$ref") not in (SESSION_PARAMETER, CLIENT_PARAMETER)],
        "responses": {**_also_answered(theirs, by_session=by_session), **theirs["responses"]},
        "security": BY_SESSION if by_session else [],
    }


def _also_answered(operation: OpenApi, *, by_session: bool) -> OpenApi:
    """Return what any operation, one with a session or with a body answers, whether allauth's document says so or not.

    A session token that is not, or no longer, good is told so everywhere, also where none is asked for.
    """
    asked = {"401": LOGIN_ASKED} if by_session else {}
    refused = {"400": INPUT_REFUSED} if "requestBody" in operation else {}
    return {"410": SESSION_GONE, **asked, **refused}


def _operation_id(route: str, method: str, *, alone: bool) -> str:
    """Return `auth_account_login` for `headless:app:account:login`, with the method where a route has several."""
    name = "_".join(["auth", *route.split(":")[2:]])
    return name if alone else f"{name}_{method}"


def _is_alone(route: str) -> bool:
    return sum(rule_of(route, method.upper()) is not None for method in METHODS) == 1


def _in_one_line(operation: OpenApi) -> OpenApi:
    told: OpenApi = {
        name: " ".join(operation[name].split()) for name in ("summary", "description") if name in operation
    }
    return {**operation, **told}


def _used_components(paths: OpenApi, components: OpenApi) -> OpenApi:
    used: set[tuple[str, str]] = set()
    waiting = set(_references(paths))
    while waiting:
        section, name = waiting.pop()
        used.add((section, name))
        waiting |= set(_references(components[section][name])) - used
    return {
        section: {PREFIX + name: part for name, part in parts.items() if (section, name) in used}
        for section, parts in components.items()
        if any((section, name) in used for name in parts)
    }


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str) and (found := _REF.fullmatch(node["$ref"])):
            yield found[1], found[2]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _walked(node: Any, change: Callable[[OpenApi], OpenApi]) -> Any:
    if isinstance(node, dict):
        return change({name: _walked(inner, change) for name, inner in node.items()})
    return [_walked(inner, change) for inner in node] if isinstance(node, list) else node


def _modern(node: OpenApi) -> OpenApi:
    """Put the prefix on a reference, and write `nullable` as OpenAPI 3.1 does."""
    if isinstance(node.get("$ref"), str):
        return {**node, "$ref": _REF.sub(rf"#/components/\1/{PREFIX}\2", node["$ref"])}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        return {**{name: value for name, value in node.items() if name != "nullable"}, "type": [node["type"], "null"]}
    return node
