"""The live stream: server-sent events from a person's Redis Stream, resumable by the id of the last event seen.

It asks Redis only and never the database, so that a process can hold many open screens.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from redis.asyncio import Redis
from redis.exceptions import RedisError

from apps.kernel import redis_client
from apps.kernel.api.errors import RETRY_AFTER_SECONDS, problem, problem_response
from apps.notifications.errors import LivePushUnavailable, TicketInvalid, TooManyListeners
from apps.notifications.services.tickets import redeem_ticket
from apps.notifications.streams import kept_seconds, key_of, listener_key_of

ENTRIES_PER_READ = 100
RETRY_MILLISECONDS = 3000
BEGINNING = "0-0"
HEARTBEAT = ": heartbeat\n\n"

_STREAM_ID = re.compile(r"\d{1,19}-\d{1,19}")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "Access-Control-Allow-Origin": "*",  # the ticket is the permission, and a redirected EventSource has origin "null"
}


@dataclass
class _Listeners:
    count: int = 0


_listeners = _Listeners()


async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Serve `GET /api/v1/stream?ticket=…`; the web process sends the caller on to the stream process."""
    if request.method != "GET":
        return _refusal(405, "method_not_allowed", "The stream is read with GET.", {"Allow": "GET"})
    if isinstance(request, WSGIRequest):
        return HttpResponseRedirect(_stream_address(request), preserve_request=True, headers=_HEADERS)
    try:
        return await _open(request)
    except TicketInvalid as error:
        return _refusal(401, error.code, str(error), {})
    except (LivePushUnavailable, TooManyListeners) as error:
        return _refusal(503, error.code, str(error), {"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _open(request: HttpRequest) -> StreamingHttpResponse:
    if _listeners.count >= settings.TREUM_NOTIFICATIONS_MAX_LISTENERS:
        raise TooManyListeners()
    last_seen = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or ""
    redis = redis_client.listening_client(block_seconds=0)
    try:
        user_id = await redeem_ticket(request.GET.get("ticket", ""), redis=redis)
        start = await _start(redis, user_id, last_seen=last_seen)
    except (RedisError, OSError) as error:
        raise LivePushUnavailable() from error
    finally:
        await redis.aclose()
    return StreamingHttpResponse(
        _events(user_id, start=start), content_type="text/event-stream; charset=utf-8", headers=_HEADERS
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """The entry after which a stream begins, and the event that says how."""

    position: str
    event: str


async def _start(redis: Redis, user_id: UUID, *, last_seen: str) -> _Start:
    """Go on after the last entry seen; where that one is gone or was never there, begin anew and say so."""
    key = key_of(user_id)
    if _STREAM_ID.fullmatch(last_seen) and await redis.xrange(key, min=last_seen, max=last_seen, count=1):
        return _Start(last_seen, "resume")
    newest = await redis.xrevrange(key, count=1)
    position = str(newest[0][0]) if newest else BEGINNING
    return _Start(position, "reset" if last_seen else "ready")


async def _events(user_id: UUID, *, start: _Start) -> AsyncIterator[str]:
    """Yield server-sent events until the caller leaves, Redis goes or the hour is over; then the caller comes back.

    A stream that was closed (`services.close_streams`) ends with the next heartbeat.
    """
    heartbeat = settings.TREUM_NOTIFICATIONS_HEARTBEAT_SECONDS
    redis = redis_client.listening_client(block_seconds=heartbeat)
    loop = asyncio.get_running_loop()
    closes_at = loop.time() + settings.TREUM_NOTIFICATIONS_STREAM_MINUTES * 60
    position = start.position
    _listeners.count += 1
    try:
        yield _greeting(start)
        while loop.time() < closes_at:
            entries = await _read(redis, key_of(user_id), after=position, block=heartbeat)
            if not entries:
                if not await redis.set(listener_key_of(user_id), 1, ex=kept_seconds(), xx=True):
                    return
                yield HEARTBEAT
            for entry, data in entries:
                position = entry
                yield f"id: {entry}\nevent: notification\ndata: {data}\n\n"
    except (RedisError, OSError):
        # The screen reconnects with its last id and misses nothing.
        return
    finally:
        _listeners.count -= 1
        await redis.aclose()


async def _read(redis: Redis, key: str, *, after: str, block: float) -> list[tuple[str, str]]:
    reply: Any = await redis.xread({key: after}, block=int(block * 1000), count=ENTRIES_PER_READ)
    if not reply:
        return []
    entries = reply[key][0] if isinstance(reply, dict) else reply[0][1]  # RESP3 answers with a dict, RESP2 with a list
    return [(entry, fields["data"]) for entry, fields in entries]


def _greeting(start: _Start) -> str:
    known = "" if start.position == BEGINNING else f"id: {start.position}\n"
    return f"retry: {RETRY_MILLISECONDS}\n{known}event: {start.event}\ndata: {{}}\n\n"


def _stream_address(request: HttpRequest) -> str:
    base: str = settings.TREUM_STREAM_URL.rstrip("/")
    if not base:
        host = re.sub(r":\d+$", "", request.get_host())
        base = f"{request.scheme}://{host}:{settings.TREUM_STREAM_PORT}"
    return base + request.get_full_path()


def _refusal(status: int, code: str, detail: str, headers: dict[str, str]) -> HttpResponse:
    return problem_response(problem(code=code, status=status, detail=detail), headers={**_HEADERS, **headers})
