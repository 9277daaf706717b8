"""Where the messages are: counts over every database and queue, and a sentence about what holds them up."""

from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.db import connections

from apps.kernel.bus import topology
from apps.kernel.bus.models import DeadLetter
from workers.queues import TASK_QUEUES, TOPOLOGY, queue_of
from workers.subscriptions import SUBSCRIPTIONS

_OUTBOX = """
    SELECT count(*) FILTER (WHERE published_at IS NOT NULL), count(*) FILTER (WHERE published_at IS NULL)
      FROM outbox_message
"""
_INBOX = """
    SELECT count(*) FILTER (WHERE status = 'done'), count(*) FILTER (WHERE status = 'pending'),
           coalesce(sum(deliveries - 1), 0)
      FROM inbox_message
"""
_PUBLISHED_EVENTS = """
    SELECT name, count(*) FROM outbox_message
     WHERE published_at IS NOT NULL AND kind IN ('event', 'event_batch') GROUP BY name
"""
_ARRIVED_EVENTS = "SELECT event_type, count(DISTINCT message_id) FROM inbox_message GROUP BY event_type"
_WAITING_HANDLERS = "SELECT DISTINCT handler FROM inbox_message WHERE status = 'pending' ORDER BY handler"


@dataclass(frozen=True, slots=True)
class Messages:
    """The message counts of a report."""

    published: int
    handled: int
    duplicates: int
    dead_letters: int
    unrouted: int
    outbox_pending: int
    inbox_pending: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way between a recorded message and its effect."""
        return not self.outbox_pending and not self.inbox_pending


def messages() -> Messages:
    """Count messages over all databases."""
    published = outbox_pending = handled = inbox_pending = duplicates = 0
    for alias in settings.DATABASES:
        out, out_left = _row(alias, _OUTBOX)
        done, waiting, twice = _row(alias, _INBOX)
        published, outbox_pending = published + out, outbox_pending + out_left
        handled, inbox_pending, duplicates = handled + done, inbox_pending + waiting, duplicates + twice
    dead = DeadLetter.objects.exclude(status=DeadLetter.Status.REPLAYED)
    unrouted = dead.filter(reason="unrouted").count()
    return Messages(published, handled, duplicates, dead.count() - unrouted, unrouted, outbox_pending, inbox_pending)


def what_is_stuck() -> str:
    """Return a sentence naming the process that the messages wait for."""
    depths = topology.depths(TOPOLOGY, url=settings.RABBITMQ_URL)
    return _relay_stuck() or _intake_stuck(depths) or _worker_stuck(depths) or "Nothing moves, and no queue says why."


def _relay_stuck() -> str | None:
    waiting = sum(_row(alias, _OUTBOX)[1] for alias in settings.DATABASES)
    if not waiting:
        return None
    return f"The relay is not publishing: {waiting} messages wait in the outboxes. Start the process `relay`."


def _intake_stuck(depths: dict[str, tuple[int, int]]) -> str | None:
    subscribed = {subscription.event.event_type for subscription in SUBSCRIPTIONS}
    published: dict[str, int] = {}
    arrived: dict[str, int] = {}
    for alias in settings.DATABASES:
        for counts, statement in ((published, _PUBLISHED_EVENTS), (arrived, _ARRIVED_EVENTS)):
            for name, count in _rows(alias, statement):
                counts[name] = counts.get(name, 0) + count
    missing = sum(max(0, count - arrived.get(name, 0)) for name, count in published.items() if name in subscribed)
    unwatched = [queue.name for queue in TOPOLOGY.event_queues if depths[queue.name][1] == 0]
    if not missing and not unwatched:
        return None
    where = f" in {', '.join(unwatched)}" if unwatched else ""
    return f"The intake is not taking messages in: {missing} wait{where}. Start the process `intake`."


def _worker_stuck(depths: dict[str, tuple[int, int]]) -> str | None:
    handlers = [row[0] for alias in settings.DATABASES for row in _rows(alias, _WAITING_HANDLERS)]
    for queue in TASK_QUEUES:
        ready, consumers = depths[queue]
        stuck = [handler for handler in handlers if queue_of(handler) == queue]
        if stuck or (ready and not consumers):
            what = f"{', '.join(stuck)} waits" if stuck else f"{ready} tasks wait"
            return f"No worker does the work of queue {queue}: {what}. Start the process `worker-{queue}`."
    return None


def _row(alias: str, statement: str) -> tuple[int, ...]:
    return _rows(alias, statement)[0]


def _rows(alias: str, statement: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
