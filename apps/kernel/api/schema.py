"""OpenAPI 3.1 by drf-spectacular: every operation says what it does, shows an example and names its errors."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from apps.kernel.api.errors import MEDIA_TYPE, TYPE_PREFIX, status_of
from apps.kernel.errors import TreumError

F = TypeVar("F", bound=Callable[..., Any])

DeclaredError = type[TreumError] | tuple[int, type[TreumError]]

operations = extend_schema_view
"""Class decorator: `@operations(list=operation(…), retrieve=operation(…))` for methods that a mixin brings."""

_AUTO: Any = object()
_ERRORS_ATTRIBUTE = "treum_errors"
_EXAMPLE_CORRELATION_ID = "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11"
_GENERAL_ERRORS = {
    "400": ("invalid", "The input is malformed or a field is wrong; `errors` says which."),
    "404": ("not_found", "There is no such thing, or it is not yours to see."),
    "415": ("unsupported_media_type", "Bodies are application/json."),
}


def operation(
    summary: str,
    *,
    description: str | None = None,
    example: Any = None,
    request: Any = _AUTO,
    request_example: Any = None,
    response: Any = _AUTO,
    status: int = 200,
    media_type: str | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    errors: Sequence[DeclaredError] = (),
) -> Callable[[F], F]:
    """Describe an operation of a view.

    `example` is one whole answer (for a list: one item, the page is put around it). `request` and `response` are
    serializers, guessed from the view when left out; None means there is no body, `media_type` that an answer is no
    JSON. `errors` are the refusals that the service behind it can raise, as (status, error) where the view answers with
    another status than the kind's; those which every operation can have are added by AutoSchemaWithErrors, and those of
    the gate by the project.
    """
    options: dict[str, Any] = {"summary": summary, "description": description or summary + "."}
    if request is not _AUTO:
        options["request"] = request
    if response is not _AUTO:
        options["responses"] = {status if media_type is None else (status, media_type): response}
    if parameters:
        options["parameters"] = list(parameters)
    options["examples"] = _examples(example, request_example, status)

    def describe(view: F) -> F:
        described: F = extend_schema(**options)(view)
        setattr(described, _ERRORS_ATTRIBUTE, tuple(errors))
        return described

    return describe


class ProblemEntrySerializer(serializers.Serializer[Any]):
    """One wrong field."""

    field = serializers.CharField(help_text="The path to the field, in dots; empty for the input as a whole.")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document as of RFC 9457."""

    type = serializers.CharField(help_text="A stable name of the problem, `urn:treum:problem:<code>`.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened this time, in a sentence.")
    instance = serializers.CharField(required=False)
    correlation_id = serializers.CharField(help_text="Name it to us when you ask about this.")
    errors = ProblemEntrySerializer(many=True, required=False)  # type: ignore[assignment] # the member's name in RFC 9457


class AutoSchemaWithErrors(AutoSchema):
    """drf-spectacular's schema of a view, plus the errors of each operation as problem+json."""

    def get_operation_id(self) -> str:
        """Return the operation's name for client libraries: an extra action goes by its own name."""
        action = getattr(self.view, "action", None)
        if action is None or not hasattr(getattr(self.view, action), "mapping"):
            return str(super().get_operation_id())
        return f"{self._tokenize_path()[0]}_{action}".replace("-", "_")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        schema = self.resolve_serializer(ProblemSerializer, "response").ref
        for status, problems in sorted(self._problems().items()):
            responses.setdefault(status, _problem_response(status, problems, schema))
        return responses

    def _problems(self) -> dict[str, dict[str, str]]:
        """Return the sentences of the problems an operation can have, by status and code."""
        problems: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for declared in self._declared_errors():
            status, error = declared if isinstance(declared, tuple) else (status_of(declared), declared)
            code, sentence = sentence_of(error)
            problems[str(status)][code] = sentence
        for general in self._general_statuses():
            code, sentence = _GENERAL_ERRORS[general]
            problems[general].setdefault(code, sentence)
        return problems

    def _declared_errors(self) -> Sequence[DeclaredError]:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(getattr(self.view, name, None), _ERRORS_ATTRIBUTE, ())

    def _general_statuses(self) -> list[str]:
        statuses = []
        if "{" in self.path:
            statuses.append("404")
        if self._has_body():
            statuses += ["400", "415"]
        elif self._is_list_view() or self.get_override_parameters():
            statuses.append("400")
        return statuses

    def _has_body(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer() is not None


def _examples(example: Any, request_example: Any, status: int) -> list[OpenApiExample]:
    examples = []
    if example is not None:
        answer = OpenApiExample("Answer", value=example, response_only=True, status_codes=[str(status), "201"])
        examples.append(answer)
    if request_example is not None:
        examples.append(OpenApiExample("Request", value=request_example, request_only=True))
    return examples


def _problem_response(status: str, problems: dict[str, str], schema: dict[str, Any]) -> dict[str, Any]:
    title = HTTPStatus(int(status)).phrase
    examples = {
        code: {"value": problem_example(code, status=status, detail=sentence)} for code, sentence in problems.items()
    }
    return {"description": title, "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}


def problem_example(code: str, *, status: str, detail: str) -> dict[str, Any]:
    """Return a problem document as an example."""
    return {
        "type": TYPE_PREFIX + code,
        "title": code.replace("_", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "correlation_id": _EXAMPLE_CORRELATION_ID,
    }


def sentence_of(error: type[TreumError]) -> tuple[str, str]:
    """Return the code and the sentence of an error class without making one, for the sentence may need fields."""
    code = error.code.fget(error.__new__(error))  # type: ignore[attr-defined] # asked of the class, it is the property
    return code, " ".join((error.__doc__ or "").split())
