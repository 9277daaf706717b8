"""An example for each body that has none of its own, put together from what its schema says."""

from typing import Any

OpenApi = dict[str, Any]

_BY_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
_BY_FORMAT = {
    "email": "trader@example.com",
    "uuid": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "date-time": "2026-01-01T12:00:00Z",
    "decimal": "0.125",
    "uri": "https://example.com/",
}
_JSON = ("application/json", "application/problem+json")


def complete_examples(document: OpenApi) -> None:
    """Give an example to each body of each operation that has none."""
    components = document["components"]
    for item in document["paths"].values():
        for operation in item.values():
            replies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in replies:
                _complete(resolved(body, document), document)
    for section in ("responses", "requestBodies"):
        for body in components.get(section, {}).values():
            _complete(body, document)


def resolved(node: OpenApi, document: OpenApi) -> OpenApi:
    """Return what a node refers to, or the node itself."""
    while isinstance(node.get("$ref"), str):
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _complete(body: OpenApi, document: OpenApi) -> None:
    for media_type, content in body.get("content", {}).items():
        if media_type in _JSON and "schema" in content and not {"example", "examples"} & content.keys():
            content["example"] = example_of(content["schema"], document)


def example_of(schema: OpenApi, document: OpenApi) -> Any:
    """Return a value that a schema allows."""
    schema = resolved(schema, document)
    if "allOf" in schema:
        return _merged([example_of(part, document) for part in schema["allOf"]], schema, document)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return example_of(schema[choice][0], document)
    for said in ("const", "example", "default"):
        if said in schema:
            return schema[said]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    return _by_type(schema, document)


def _merged(parts: list[Any], schema: OpenApi, document: OpenApi) -> Any:
    if not all(isinstance(part, dict) for part in parts):
        return parts[0]
    whole = {name: value for part in parts for name, value in part.items()}
    return {**whole, **_properties(schema, document)}


def _by_type(schema: OpenApi, document: OpenApi) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        return _properties(schema, document)
    if kind == "array":
        return [example_of(schema["items"], document)] if "items" in schema else []
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])


def _properties(schema: OpenApi, document: OpenApi) -> OpenApi:
    return {name: example_of(part, document) for name, part in schema.get("properties", {}).items()}
