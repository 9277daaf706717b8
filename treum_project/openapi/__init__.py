"""The one OpenAPI document: our own operations, allauth's, and what the gate answers in front of both.

It is served at /api/schema/, shown at /api/docs/ and kept at docs/openapi.yaml by `make openapi`.
"""

import copy
from functools import cache
from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from treum_project.openapi.accounts import accounts_document
from treum_project.openapi.examples import complete_examples
from treum_project.openapi.gate import add_gate
from treum_project.openapi.sharing import share_problems

OpenApi = dict[str, Any]

RENDERERS: dict[str, type[BaseRenderer]] = {"yaml": OpenApiYamlRenderer, "json": OpenApiJsonRenderer}
TAGS = {
    "me": "Who the caller is, how they stand, and what is kept about them.",
    "api-keys": "Keys with which programs call in a person's name.",
    "signals": "The record of advice. Nothing is left out of it, and results are hypothetical.",
    "strategies": "What can be followed, with its track record.",
    "instruments": "What there are signals on.",
    "candles": "The bars that the market clock has closed.",
    "accounts": "Where a person trades, on paper or at a venue.",
    "venue-credentials": "Keys of a person's account at a venue: written here, and never read again.",
    "follows": "Which strategies are followed with which account.",
    "orders": "What was intended.",
    "fills": "What was traded.",
    "positions": "What is held.",
    "decisions": "Why a signal was carried out in an account, or was not.",
    "notifications": "What a person is told.",
    "stream": "What happens, live.",
    "auth": "The keys that tokens are verified with.",
}


def document() -> OpenApi:
    """Return the whole document; what becomes of it is the caller's own affair."""
    return copy.deepcopy(_drawn())


@cache
def _drawn() -> OpenApi:
    return cast(OpenApi, SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def as_yaml() -> str:
    """Return the whole document as YAML."""
    return _written("yaml").decode()


def complete(result: OpenApi, **context: Any) -> OpenApi:
    """Add what the views do not know of to a generated document (a drf-spectacular postprocessing hook)."""
    result, accounts = copy.deepcopy(result), accounts_document()
    result["paths"] = dict(sorted({**result["paths"], **accounts["paths"]}.items()))
    for section, parts in accounts["components"].items():
        result["components"].setdefault(section, {}).update(parts)
    add_gate(result)
    share_problems(result)
    complete_examples(result)
    result["tags"] = _tags(result, accounts)
    return result


def _tags(result: OpenApi, accounts: OpenApi) -> list[dict[str, str]]:
    used = {tag for item in result["paths"].values() for operation in item.values() for tag in operation["tags"]}
    theirs = {tag["name"]: tag for tag in accounts["tags"]}
    own = [{"name": name, "description": TAGS[name]} for name in TAGS if name in used]
    return [*own, *(theirs.get(name, {"name": name}) for name in sorted(used - TAGS.keys()))]


class DocumentView(SpectacularAPIView):
    """The document as YAML or JSON, written once in each process."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the document."""
        renderer = request.accepted_renderer
        return HttpResponse(_written(str(renderer.format)), content_type=renderer.media_type)


@cache
def _written(form: str) -> bytes:
    return cast(bytes, RENDERERS[form]().render(_drawn(), renderer_context={}))
