"""The live stream in the OpenAPI document: it is no REST view, so its page is written by hand."""

from typing import Any


def _refusal(description: str) -> dict[str, Any]:
    body = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": description, "content": {"application/problem+json": body}}


_EXAMPLE = (
    "retry: 3000\nid: 1767268800123-0\nevent: ready\ndata: {}\n\n"
    'id: 1767268800456-0\nevent: notification\ndata: {"id": "01976f3a-…", "kind": "trade.executed", "title": "…"}\n\n'
    ": heartbeat\n\n"
)
_DESCRIPTION = """Server-sent events for `new EventSource(url)`, where `url` comes from `POST /api/v1/stream/tickets`.

* `ready`: a new stream begins; read by REST what came before.
* `resume`: the stream goes on after the last event id; nothing was missed.
* `reset`: the last event id is unknown or too old; read by REST, the stream goes on from now.
* `notification`: one notification, as by REST. It may come twice; its `id` tells.

To come back, get a new ticket and add the last id as `last_event_id`. A comment keeps the connection alive every
15 seconds."""

_OPERATION: dict[str, Any] = {
    "operationId": "stream_read",
    "tags": ["stream"],
    "summary": "Listen to what happens, live",
    "description": _DESCRIPTION,
    "security": [],
    "parameters": [
        {"in": "query", "name": "ticket", "required": True, "schema": {"type": "string"}},
        {"in": "query", "name": "last_event_id", "schema": {"type": "string"}, "example": "1767268800123-0"},
        {"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}},
    ],
    "responses": {
        "200": {
            "description": "The stream.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        "307": {"description": "The stream is served by another process; follow `Location`."},
        "401": _refusal("The ticket is unknown, used or too old."),
        "503": _refusal("Redis does not answer, or too many are listening."),
    },
}


def add_stream(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Add the stream to a generated document (a drf-spectacular postprocessing hook)."""
    result["paths"]["/api/v1/stream"] = {"get": _OPERATION}
    result["paths"] = dict(sorted(result["paths"].items()))
    return result
