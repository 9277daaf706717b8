"""Task requests as the messages that Celery workers read (task protocol 2)."""

import json

from kombu.transport import native_delayed_delivery as delayed

from apps.kernel.bus import topology
from apps.kernel.bus.intake import Dispatch
from apps.kernel.bus.publisher import Outgoing
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.claims import Claimed
from apps.kernel.outbox.relay import trace_headers
from workers.app import app
from workers.queues import queue_of


def encode_request(row: Claimed) -> Outgoing:
    """Return the message for a task request of the outbox; its task id is the row's message id."""
    return _message(row.message_id, row.name, json.loads(row.body), trace_headers(row), delay=row.delay_seconds)


def encode_dispatch(dispatch: Dispatch) -> Outgoing:
    """Return the message for a handler's task."""
    headers = {"traceparent": tracing.new_traceparent()}
    if dispatch.correlation_id is not None:
        headers["correlation-id"] = dispatch.correlation_id
    return _message(str(uuid7()), dispatch.handler, [dispatch.ids], headers, delay=0)


def _message(task_id: str, name: str, args: list[object], headers: dict[str, str], *, delay: int) -> Outgoing:
    task = app.amqp.as_task_v2(task_id, name, tuple(args), {}, ignore_result=True)
    queue = queue_of(name)
    properties = {
        **task.properties,
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "application_headers": {**task.headers, **headers},
    }
    body = json.dumps(task.body).encode()
    if delay < 1:
        return Outgoing(topology.TASKS, queue, body, task_id, properties)
    longest = delayed.level_name(delayed.MAX_LEVEL)
    return Outgoing(longest, delayed.calculate_routing_key(delay, queue), body, task_id, properties)
