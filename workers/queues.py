"""The task queues, and which queue a task goes to; with the subscriptions they make up the broker's topology."""

from kombu import Queue

from apps.kernel.bus import topology
from workers.subscriptions import SUBSCRIPTIONS

TASK_QUEUES = ("signals", "trading", "trading.live", "notifications", "core")

_QUEUE_OF_CONTEXT = {"signals": "signals", "trading": "trading", "notifications": "notifications"}

TOPOLOGY = topology.build(
    [(subscription.queue, subscription.event.event_type) for subscription in SUBSCRIPTIONS],
    task_queues=TASK_QUEUES,
)


def queue_of(task: str) -> str:
    """Return the queue of a task by its context: users, payments and education share `core`."""
    return _QUEUE_OF_CONTEXT.get(task.partition(".")[0], "core")


def celery_queues() -> tuple[Queue, ...]:
    """Return the task queues as Celery workers and producers must know them."""
    return TOPOLOGY.task_queues


def route(name: str, args: object, kwargs: object, options: object, task: object = None, **_: object) -> dict[str, str]:
    """Celery's router: exchange and routing key of a task, by its name."""
    queue = queue_of(name)
    return {"queue": queue, "exchange": topology.TASKS, "routing_key": queue}
