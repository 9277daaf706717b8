"""How large a request may be. What is too large is not kept, whether its length was told beforehand or not."""

import os
from io import BytesIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

_UNKNOWN = ("", None)


def is_too_large(request: HttpRequest, *, limit: int) -> bool:
    """Tell whether a request's body is longer than `limit` bytes.

    A body that comes in chunks is read up to the limit, and then has a length like any other.
    """
    declared = request.META.get("CONTENT_LENGTH")
    if declared not in _UNKNOWN:
        return not str(declared).isdecimal() or int(declared) > limit
    if isinstance(request, ASGIRequest):
        return _spooled_length(request) > limit
    return bool(request.META.get("wsgi.input_terminated")) and _chunked_length(request, limit=limit) > limit


def _spooled_length(request: ASGIRequest) -> int:
    """Return the length of the body, which an ASGI handler has received in full before there is a request."""
    length = request._stream.seek(0, os.SEEK_END)
    request._stream.seek(0)
    return int(length)


def _chunked_length(request: HttpRequest, *, limit: int) -> int:
    body = request.META["wsgi.input"].read(limit + 1)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # Django takes chunked bodies for empty ones
    return len(body)
