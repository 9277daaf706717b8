"""The relay's side of the outbox table: claim rows for a while, mark them published, or hand them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.extensions
import structlog
from django.db import connections

log = structlog.get_logger(__name__)

CHANNEL = "treum_outbox"

_CLAIM = """
    UPDATE outbox_message AS message
       SET claimed_until = clock_timestamp() + make_interval(secs => %(lease)s),
           claimed_by = %(relay)s, attempts = attempts + 1
      FROM (SELECT id FROM outbox_message
             WHERE published_at IS NULL AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
             ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS free
     WHERE message.id = free.id
 RETURNING message.id, message_id::text, kind, name, body, headers, event_version, event_count, expires_at,
           correlation_id, causation_id, traceparent, actor, delay_seconds
"""
_PUBLISHED = "UPDATE outbox_message SET published_at = clock_timestamp() WHERE id = ANY(%s)"
_RELEASE = "UPDATE outbox_message SET claimed_until = NULL WHERE id = ANY(%s) AND claimed_by = %s"
_POSTPONE = """
    UPDATE outbox_message
       SET claimed_until = clock_timestamp() + make_interval(secs => least(30, 0.5 * 2 ^ least(attempts - 1, 10)))
     WHERE id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outbox row in this relay's hands."""

    id: int
    message_id: str
    kind: str
    name: str
    body: str
    headers: Mapping[str, Any] | None
    event_version: int | None
    event_count: int
    expires_at: datetime | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    actor: str
    delay_seconds: int


class OutboxTable:
    """One context's outbox over a connection of its own, which also listens for new rows."""

    def __init__(self, alias: str, *, relay: str, lease_seconds: int) -> None:
        self.alias = alias
        self._relay = relay
        self._lease = lease_seconds
        self._connection: psycopg2.extensions.connection | None = None

    def fileno(self) -> int:
        """The socket to wait on for notifications."""
        return self._opened().fileno()

    def heard(self) -> bool:
        """Take in the notifications that have arrived; say whether there were any."""
        connection = self._opened()
        connection.poll()
        heard = bool(connection.notifies)
        connection.notifies.clear()
        return heard

    def claim(self, limit: int) -> list[Claimed]:
        """Claim up to `limit` unpublished rows, oldest first; others skip them until the lease ends."""
        with self._opened().cursor() as cursor:
            cursor.execute(_CLAIM, {"lease": self._lease, "relay": self._relay, "limit": limit})
            rows = [Claimed(*row) for row in cursor]
        return sorted(rows, key=lambda row: row.id)

    def mark_published(self, ids: Sequence[int]) -> None:
        """Record that the broker has confirmed these rows."""
        self._execute(_PUBLISHED, ids)

    def release(self, ids: Sequence[int]) -> None:
        """Hand rows back, to be claimed by anyone; those that another relay has claimed since are left to it."""
        self._execute(_RELEASE, ids, self._relay)

    def postpone(self, ids: Sequence[int]) -> None:
        """Let rows that were refused rest, longer after each attempt, so that the rows behind them get through."""
        self._execute(_POSTPONE, ids)

    def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.closed:
            connection.close()

    def _execute(self, statement: str, ids: Sequence[int], *parameters: object) -> None:
        if ids:
            with self._opened().cursor() as cursor:
                cursor.execute(statement, (list(ids), *parameters))

    def _opened(self) -> psycopg2.extensions.connection:
        if self._connection is None or self._connection.closed:
            parameters = connections[self.alias].get_connection_params()
            parameters = {name: value for name, value in parameters.items() if name != "cursor_factory"}
            self._connection = psycopg2.connect(**parameters)
            self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                # A claim or a mark that a crash forgets costs a second delivery, which every consumer can bear.
                cursor.execute(f"SET synchronous_commit = off; LISTEN {CHANNEL}")
        return self._connection
