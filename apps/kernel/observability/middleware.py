"""Each request belongs to a story: take up the caller's correlation id and trace when well-formed, else begin one."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing

CORRELATION_HEADER = "X-Correlation-ID"
TRACEPARENT_HEADER = "traceparent"

_CORRELATION_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

GetResponse = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def trace_middleware(get_response: GetResponse) -> GetResponse:
    """Bind the request's trace around the view and return its correlation id in `X-Correlation-ID`.

    Whoever authenticates the request calls `trace.act_as("user:<id>")`; until then nobody in particular is acting.
    """
    if iscoroutinefunction(get_response):
        return _async_middleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with tracing.bind(trace_of(request)) as trace:
            response: HttpResponseBase = get_response(request)
        response[CORRELATION_HEADER] = trace.correlation_id
        return response

    return middleware


def trace_of(request: HttpRequest) -> tracing.Trace:
    """Return the trace that a request continues or begins."""
    given = request.headers.get(CORRELATION_HEADER, "")
    parent = request.headers.get(TRACEPARENT_HEADER, "")
    return tracing.Trace(
        correlation_id=given if _CORRELATION_ID.fullmatch(given) else str(uuid7()),
        traceparent=tracing.entering_traceparent(
            parent if _TRACEPARENT.fullmatch(parent) else None, ratio=settings.TREUM_TRACE_RATIO
        ),
    )


def _async_middleware(get_response: GetResponse) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    async def middleware(request: HttpRequest) -> HttpResponseBase:
        with tracing.bind(trace_of(request)) as trace:
            response: HttpResponseBase = await get_response(request)
        response[CORRELATION_HEADER] = trace.correlation_id
        return response

    return middleware
