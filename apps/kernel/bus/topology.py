"""Every exchange, queue, binding and policy that must stand before anything is published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from kombu import Connection, Exchange, Queue, binding
from kombu.transport import native_delayed_delivery as delayed

BUS = "treum_finance"
TASKS = "treum.tasks"
DEAD_LETTERS = "treum_finance.dlx"
UNROUTED = "treum_finance.unrouted"
DEAD_LETTER_SUFFIX = ".dlq"

SIGNAL_TTL_MILLISECONDS = 300_000
MAX_LENGTH = 1_000_000
EVENT_DELIVERY_LIMIT = 20
TASK_DELIVERY_LIMIT = 5
NO_DELIVERY_LIMIT = 1_000_000_000
"""Dead letters are never given up. RabbitMQ 4 would drop them after 20 deliveries where no limit is set."""

_QUORUM = {"x-queue-type": "quorum"}

dead_letter_exchange = Exchange(DEAD_LETTERS, type="direct", durable=True)
unrouted_exchange = Exchange(UNROUTED, type="fanout", durable=True)
bus_exchange = Exchange(BUS, type="topic", durable=True, arguments={"alternate-exchange": UNROUTED})
task_exchange = Exchange(TASKS, type="topic", durable=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be changed on a living queue: TTL, lengths and limits, for all queues whose name fits the pattern."""

    name: str
    pattern: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Topology:
    """What is declared: built from the contexts' subscriptions and the task queues."""

    event_queues: tuple[Queue, ...]
    task_queues: tuple[Queue, ...]
    unrouted: Queue
    policies: tuple[Policy, ...] = field(default=())

    @property
    def consumed(self) -> tuple[Queue, ...]:
        """Queues with a dead-letter queue of their own."""
        return self.event_queues + self.task_queues

    @property
    def dead_letter_queues(self) -> tuple[Queue, ...]:
        """The dead-letter queue of each consumed queue."""
        return tuple(_dead_letter_queue(queue.name) for queue in self.consumed)

    @property
    def queues(self) -> tuple[Queue, ...]:
        """All queues, dead-letter queues first, in the order in which they are declared."""
        return (self.unrouted, *self.dead_letter_queues, *self.consumed)


def build(bindings: Iterable[tuple[str, str]], *, task_queues: Sequence[str]) -> Topology:
    """Return the topology for (queue, event type) pairs and the names of the task queues."""
    keys: dict[str, list[str]] = {}
    for queue, event_type in bindings:
        keys.setdefault(queue, []).append(event_type)
    return Topology(
        event_queues=tuple(_event_queue(name, sorted(set(types))) for name, types in sorted(keys.items())),
        task_queues=tuple(_task_queue(name) for name in task_queues),
        unrouted=Queue(UNROUTED, unrouted_exchange, routing_key="", queue_arguments=_QUORUM),
        policies=_policies(task_queues),
    )


def apply(topology: Topology, *, url: str) -> None:
    """Declare everything on the broker, dead letters first, delay exchanges included. Harmless when repeated."""
    with Connection(url, connect_timeout=5) as connection:
        channel = connection.default_channel
        for exchange in (dead_letter_exchange, unrouted_exchange, bus_exchange, task_exchange):
            exchange(channel).declare()
        for queue in topology.queues:
            queue(channel).declare()
        delayed.declare_native_delayed_delivery_exchanges_and_queues(connection, "quorum")
        for queue in topology.task_queues:
            delayed.bind_queue_to_native_delayed_delivery_exchange(connection, queue)


def check(topology: Topology, *, url: str) -> list[str]:
    """Return a sentence for each object that is missing on the broker or stands there with other arguments."""
    names = [queue.name for queue in topology.queues] + [delayed.level_name(level) for level in range(28)]
    problems: list[str] = []
    with Connection(url, connect_timeout=5) as connection:
        for name in names:
            problems += _missing(connection, name)
        for queue in topology.queues:
            if not any(f" {queue.name} " in problem for problem in problems):
                problems += _differing(connection, queue)
    return problems


def depths(topology: Topology, *, url: str) -> dict[str, tuple[int, int]]:
    """Return (ready messages, consumers) of every queue that is consumed or holds what could not be delivered."""
    with Connection(url, connect_timeout=5) as connection:
        channel = connection.default_channel
        declared = [(queue.name, cast(Any, queue(channel).queue_declare(passive=True))) for queue in topology.queues]
    return {name: (reply.message_count, reply.consumer_count) for name, reply in declared}


def _event_queue(name: str, types: Sequence[str]) -> Queue:
    bindings = [binding(bus_exchange, routing_key=event_type) for event_type in types]
    return Queue(name, bindings=bindings, durable=True, queue_arguments=_arguments(name))


def _task_queue(name: str) -> Queue:
    return Queue(name, task_exchange, routing_key=name, durable=True, queue_arguments=_arguments(name))


def _dead_letter_queue(name: str) -> Queue:
    dead = name + DEAD_LETTER_SUFFIX
    return Queue(dead, dead_letter_exchange, routing_key=name, durable=True, queue_arguments=_QUORUM)


def _arguments(name: str) -> dict[str, Any]:
    return {
        **_QUORUM,
        "x-dead-letter-exchange": DEAD_LETTERS,
        "x-dead-letter-routing-key": name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _policies(task_queues: Sequence[str]) -> tuple[Policy, ...]:
    names = "|".join(name.replace(".", "\\.") for name in task_queues)
    events = {"delivery-limit": EVENT_DELIVERY_LIMIT, "max-length": MAX_LENGTH}
    return (
        Policy("treum-signals", r"^[a-z]+\.signals$", {**events, "message-ttl": SIGNAL_TTL_MILLISECONDS}),
        Policy("treum-events", r"^[a-z]+\.events$", events),
        Policy("treum-dead-letters", rf"(\{DEAD_LETTER_SUFFIX}|\.unrouted)$", {"delivery-limit": NO_DELIVERY_LIMIT}),
        Policy("treum-tasks", f"^({names})$", {"delivery-limit": TASK_DELIVERY_LIMIT, "max-length": MAX_LENGTH}),
    )


def _missing(connection: Connection, name: str) -> list[str]:
    try:
        with connection.channel() as channel:
            cast(Any, channel).queue_declare(name, passive=True)
    except connection.channel_errors:
        return [f"Queue {name} is missing; run `python manage.py topology apply`."]
    return []


def _differing(connection: Connection, queue: Queue) -> list[str]:
    try:
        with connection.channel() as channel:
            queue(channel).queue_declare()
    except connection.channel_errors as error:
        return [f"Queue {queue.name} stands with other arguments; delete it when empty and apply again ({error})."]
    return []
