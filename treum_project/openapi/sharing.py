"""What many operations answer alike is said once, among the components, and referred to."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from apps.kernel.api.errors import MEDIA_TYPE

OpenApi = dict[str, Any]


def share_problems(document: OpenApi) -> None:
    """Replace each answer of problems alone that is given more than once by a reference."""
    counted = Counter(_written(response) for _, _, response in _problems(document))
    shared: dict[str, str] = {}
    for responses, status, response in _problems(document):
        text = _written(response)
        name = _name_of(response)
        if counted[text] > 1 and shared.setdefault(name, text) == text:
            document["components"].setdefault("responses", {})[name] = response
            responses[status] = {"$ref": f"#/components/responses/{name}"}


def _problems(document: OpenApi) -> Iterator[tuple[OpenApi, str, OpenApi]]:
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in list(operation["responses"].items()):
                if list(response.get("content", ())) == [MEDIA_TYPE]:
                    yield operation["responses"], status, response


def _name_of(response: OpenApi) -> str:
    """Return `LoginRequiredOrBadCredentials` for an answer of these problems."""
    codes = response["content"][MEDIA_TYPE].get("examples", {})
    return "Or".join("".join(part.capitalize() for part in code.split("_")) for code in codes) or "Problem"


def _written(response: OpenApi) -> str:
    return json.dumps(response, sort_keys=True)
