"""Every error as problem+json (RFC 9457): the one place where the kinds of refusal become HTTP statuses."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import django.db
import redis.exceptions
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from apps.kernel.errors import (
    Conflict,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    TreumError,
    Unauthenticated,
    Unavailable,
)
from apps.kernel.observability import trace as tracing

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:treum:problem:"
API_PREFIX = "/api/"
RETRY_AFTER_SECONDS = 5
CHALLENGE = 'Bearer realm="treum"'

_STATUS_OF_KIND: tuple[tuple[type[TreumError], int], ...] = (
    (Malformed, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (MethodNotAllowed, 405),
    (TooLarge, 413),
    (Refused, 422),
    (Conflict, 409),
    (TooMany, 429),
    (Unavailable, 503),
)
WEATHER: tuple[type[Exception], ...] = (
    django.db.OperationalError,
    django.db.InterfaceError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)
PLAIN_PROBLEMS = {
    "bad_request": (400, "The request cannot be understood."),
    "permission_denied": (403, "You may not do this."),
    "not_found": (404, "There is nothing at this address."),
    "internal_error": (500, "Something broke on our side; the correlation id tells us where to look."),
}
"""What Django itself answers, outside of any view."""
_TITLES = {
    "invalid": "Invalid input",
    "parse_error": "Malformed request",
    "not_authenticated": "Login required",
    "authentication_failed": "Login failed",
    "not_found": "Not found",
    "throttled": "Too many requests",
}


class ServiceUnreachable(Unavailable):
    """A service that this needs cannot be reached; ask again in a few seconds."""


def status_of(error: TreumError | type[TreumError]) -> int:
    """Return the HTTP status that stands for an error's kind; 500 for an error of no kind."""
    kind = error if isinstance(error, type) else type(error)
    return next((status for base, status in _STATUS_OF_KIND if issubclass(kind, base)), 500)


def problem(*, code: str, status: int, detail: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the members of a problem document; `more` are its extension members."""
    return {
        "type": TYPE_PREFIX + code,
        "title": title or _TITLES.get(code) or code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "correlation_id": tracing.current().correlation_id,
        **more,
    }


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception raised in a view; None leaves a bug to Django, which logs it and answers 500."""
    if isinstance(error, TreumError):
        answer = _of_treum(error)
    elif isinstance(error, WEATHER):
        log.warning("api.unreachable", error=type(error).__name__)
        answer = _of_treum(ServiceUnreachable())
    else:
        answer = _of_framework(error)
    if answer is None:
        return None
    _roll_back_request_transactions()
    request = context.get("request")
    if request is not None and isinstance(answer.data, dict):
        answer.data["instance"] = request.path
    return answer


def refusal(error: TreumError, *, request: HttpRequest, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return the answer to a request that an error of one of the kinds stopped, for doors that are no DRF views."""
    document = problem(code=error.code, status=status_of(error), detail=str(error), instance=request.path)
    return problem_response(document, headers={**_headers_of(error), **(headers or {})})


def problem_response(document: dict[str, Any], *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return a problem document as a plain Django response, for doors that are no DRF views."""
    body = json.dumps(document)
    return HttpResponse(body, status=document["status"], content_type=MEDIA_TYPE, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's `handler400`."""
    if _is_api(request):
        return _plain(request, "bad_request")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's `handler403`."""
    if _is_api(request):
        return _plain(request, "permission_denied")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's `handler404`."""
    if _is_api(request):
        return _plain(request, "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's `handler500`."""
    if _is_api(request):
        return _plain(request, "internal_error")
    return defaults.server_error(request)


def _of_treum(error: TreumError) -> Response | None:
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    document = problem(code=error.code, status=status, detail=str(error))
    return Response(document, status=status, headers=_headers_of(error), content_type=MEDIA_TYPE)


def _headers_of(error: TreumError) -> dict[str, str]:
    if isinstance(error, Unavailable):
        return {"Retry-After": str(error.retry_after or RETRY_AFTER_SECONDS)}
    return {"WWW-Authenticate": CHALLENGE} if isinstance(error, Unauthenticated) else {}


def _of_framework(error: Exception) -> Response | None:
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such thing, or it is not yours to see.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    document = _document(error)
    return Response(document, status=error.status_code, headers=_headers(error), content_type=MEDIA_TYPE)


def _document(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flattened(error.detail))
        detail = "; ".join(f"{entry['field'] or 'input'}: {entry['message']}" for entry in errors)
        return problem(code="invalid", status=error.status_code, detail=detail, errors=errors)
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    detail = str(error.detail if isinstance(error.detail, str) else error.default_detail)
    return problem(code=code, status=error.status_code, detail=detail)


def _flattened(detail: Any, *, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Yield one entry for each message in DRF's nested detail, with the path to its field in dots."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = () if name == "non_field_errors" else (str(name),)
            yield from _flattened(inner, path=path + own)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (dict, list))
            yield from _flattened(inner, path=(*path, str(index)) if nested else path)
    else:
        yield {"field": ".".join(path), "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _roll_back_request_transactions() -> None:
    """Undo what ATOMIC_REQUESTS wrapped, as DRF's own handler does."""
    for connection in django.db.connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _plain(request: HttpRequest, code: str) -> HttpResponse:
    status, detail = PLAIN_PROBLEMS[code]
    return problem_response(problem(code=code, status=status, detail=detail, instance=request.path))
