"""Bring recorded messages to the broker: claim, publish in one pipeline, mark. At least once, oldest first."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import structlog

from apps.kernel.bus import topology
from apps.kernel.bus.publisher import BrokerUnreachable, Outgoing, Publisher
from apps.kernel.events import codec
from apps.kernel.outbox.claims import Claimed, OutboxTable
from apps.kernel.outbox.models import OutboxMessage

log = structlog.get_logger(__name__)

TaskEncoder = Callable[[Claimed], Outgoing]

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
BATCHES_PER_TURN = 20

_CONTENT_TYPES = {
    OutboxMessage.Kind.EVENT: codec.EVENT_CONTENT_TYPE,
    OutboxMessage.Kind.EVENT_BATCH: codec.BATCH_CONTENT_TYPE,
}


class Relay:
    """Moves rows of several outboxes to one broker until it is told to stop.

    `encode_task` turns a task request into a message; the kernel does not know the task system.
    """

    def __init__(
        self,
        aliases: Sequence[str],
        *,
        publisher: Publisher,
        encode_task: TaskEncoder,
        batch: int,
        lease_seconds: int,
        poll_seconds: float,
    ) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        self._tables = [OutboxTable(alias, relay=name, lease_seconds=lease_seconds) for alias in aliases]
        self._publisher = publisher
        self._encode_task = encode_task
        self._batch = batch
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._pauses = {alias: _Pause() for alias in aliases}
        self._broker_pause = _Pause()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="claim-ahead")

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Relay until stopped; wake on NOTIFY, look by oneself every `poll_seconds`."""
        while not self._stopping.is_set():
            if not self.relay_once():
                self._wait()
        self.close()

    def relay_once(self) -> int:
        """Move a few batches from each outbox and return how many messages the broker has confirmed."""
        return sum(self._guarded(table) for table in self._tables if self._pauses[table.alias].over())

    def close(self) -> None:
        """Let go of all connections."""
        self._ahead.shutdown()
        self._publisher.close()
        for table in self._tables:
            table.close()

    def _guarded(self, table: OutboxTable) -> int:
        try:
            moved = self._move(table)
        except psycopg2.Error as error:
            table.close()
            pause = self._pauses[table.alias].lengthen()
            log.warning("relay.database_down", database=table.alias, error=str(error).strip(), pause=pause)
            return 0
        self._pauses[table.alias].reset()
        return moved

    def _move(self, table: OutboxTable) -> int:
        if not self._broker_pause.over():
            return 0
        moved, rows = 0, table.claim(self._batch)
        for _ in range(BATCHES_PER_TURN):
            if not rows:
                break
            upcoming = self._ahead.submit(table.claim, self._batch) if len(rows) == self._batch else None
            confirmed = self._publish(table, rows)
            rows = upcoming.result() if upcoming is not None else []
            if confirmed is None:
                break
            moved += confirmed
        table.release([row.id for row in rows])
        return moved

    def _publish(self, table: OutboxTable, rows: Sequence[Claimed]) -> int | None:
        """Publish claimed rows and return how many were confirmed, or None when the broker cannot be reached."""
        outgoing, failed = self._encoded(rows)
        try:
            refused = self._publisher.publish(list(outgoing.values()))
        except BrokerUnreachable as error:
            table.release([row.id for row in rows])
            pause = self._broker_pause.lengthen()
            log.warning("relay.broker_down", error=str(error), pause=pause, waiting=len(rows))
            return None
        self._broker_pause.reset()
        published = list(outgoing)
        failed |= {published[place]: reason for place, reason in refused.items()}
        self._settle(table, rows, failed)
        return len(rows) - len(failed)

    def _encoded(self, rows: Sequence[Claimed]) -> tuple[dict[int, Outgoing], dict[int, str]]:
        """Return messages, and the reasons of rows that cannot be made into one, by index."""
        outgoing: dict[int, Outgoing] = {}
        failed: dict[int, str] = {}
        for index, row in enumerate(rows):
            try:
                outgoing[index] = self.encode(row)
            except (LookupError, TypeError, ValueError) as error:
                failed[index] = f"The row makes no message: {error!r}."
        return outgoing, failed

    def _settle(self, table: OutboxTable, rows: Sequence[Claimed], failed: dict[int, str]) -> None:
        table.mark_published([row.id for index, row in enumerate(rows) if index not in failed])
        table.postpone([rows[index].id for index in failed])
        for index, reason in failed.items():
            log.error("relay.refused", name=rows[index].name, message_id=rows[index].message_id, reason=reason)

    def encode(self, row: Claimed) -> Outgoing:
        """Return the message for a row."""
        if row.kind == OutboxMessage.Kind.TASK:
            return self._encode_task(row)
        if row.kind == OutboxMessage.Kind.DEAD_LETTER:
            return _addressed(row, exchange=topology.DEAD_LETTERS)
        if row.kind == OutboxMessage.Kind.REPLAY:
            return _addressed(row, exchange="")
        return _event(row)

    def _wait(self) -> None:
        self._publisher.stay_alive()
        deadline = time.monotonic() + self._poll_seconds
        while not self._stopping.is_set() and (left := deadline - time.monotonic()) > 0:
            listening = [table for table in self._tables if self._pauses[table.alias].over()]
            try:
                # A notification that came along with the answer to a claim is in memory already: ask before waiting.
                if [table for table in listening if table.heard()]:
                    return
                select.select(listening, [], [], left)
            except psycopg2.Error as error:
                log.warning("relay.listen_failed", error=str(error).strip())
                for table in listening:
                    table.close()
                self._stopping.wait(left)


class _Pause:
    """How long to leave something alone after it failed: doubling up to half a minute."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._seconds = 0.0
        self._until = 0.0

    def lengthen(self) -> float:
        self._seconds = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, self._seconds * 2))
        self._until = time.monotonic() + self._seconds
        return self._seconds

    def over(self) -> bool:
        return time.monotonic() >= self._until


def _event(row: Claimed) -> Outgoing:
    properties = {
        "content_type": _CONTENT_TYPES[OutboxMessage.Kind(row.kind)],
        "type": row.name,
        "application_headers": {**trace_headers(row), "x-event-version": row.event_version},
    }
    return Outgoing(topology.BUS, row.name, row.body.encode(), row.message_id, properties)


def _addressed(row: Claimed, *, exchange: str) -> Outgoing:
    headers = dict(row.headers or {})
    properties = {
        "content_type": headers.pop("x-treum-content-type", "application/json"),
        "type": headers.get("x-treum-type", ""),
        "application_headers": {**trace_headers(row), **headers},
    }
    return Outgoing(exchange, row.name, row.body.encode(), row.message_id, properties)


def trace_headers(row: Claimed) -> dict[str, str]:
    """Return the headers that carry a row's story."""
    headers = {
        "correlation-id": row.correlation_id,
        "causation-id": row.causation_id,
        "traceparent": row.traceparent,
        "actor": row.actor,
    }
    return {name: value for name, value in headers.items() if value is not None}
