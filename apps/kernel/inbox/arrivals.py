"""The intake's side of the inbox table: insert what is new, learn what is still to be handled."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connections, transaction


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message for one handler, as it came off the queue."""

    handler: str
    message_id: str
    queue: str
    event_type: str
    event_count: int
    content_type: str
    body: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inbox row that is still to be handled."""

    id: int
    handler: str
    event_count: int
    correlation_id: str


_REOPEN = """
    UPDATE inbox_message
       SET status = 'pending', attempts = 0, dispatch_after = clock_timestamp(), finished_at = NULL
     WHERE message_id = ANY(%s) AND status = 'failed'
"""
_INSERT = """
    INSERT INTO inbox_message AS known
           (handler, message_id, queue, event_type, event_count, content_type, correlation_id, deliveries, body)
    SELECT * FROM ROWS FROM (
               json_to_recordset(%s) AS (handler text, message_id text, queue text, event_type text, event_count int,
                                         content_type text, correlation_id text, deliveries int),
               unnest(%s::text[]))
        ON CONFLICT (handler, message_id) DO UPDATE SET deliveries = known.deliveries + excluded.deliveries
 RETURNING id, handler, event_count, correlation_id, status
"""
_FACTS = [name for name in Arrival.__slots__ if name != "body"]


def store(arrivals: Sequence[Arrival], *, using: str, reopened: Collection[str] = ()) -> list[Waiting]:
    """Insert arrivals that are new, count the deliveries of those that are not, and return every row among them that
    is not handled yet, in one transaction.

    A message in `reopened`, by its id, is taken up again where it had failed.
    """
    if not arrivals:
        return []
    copies = Counter((arrival.handler, arrival.message_id) for arrival in arrivals)
    distinct = {(arrival.handler, arrival.message_id): arrival for arrival in arrivals}
    facts = [
        {name: getattr(arrival, name) for name in _FACTS} | {"deliveries": copies[key]}
        for key, arrival in distinct.items()
    ]
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        if reopened:
            cursor.execute(_REOPEN, [list(reopened)])
        cursor.execute(_INSERT, [json.dumps(facts), [arrival.body for arrival in distinct.values()]])
        return [Waiting(*row) for *row, status in sorted(cursor.fetchall()) if status == "pending"]
