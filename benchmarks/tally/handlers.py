"""What the tally does about fills: one row for each, however often it is told."""

from collections.abc import Sequence

from django.db import connections
from pydantic_core import to_json

from apps.contracts.events.trading import TradeExecuted
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from benchmarks.tally.apps import DATABASE

_NOTE = """
    INSERT INTO tally_note (event_id, account_id, symbol, notional)
    SELECT * FROM json_to_recordset(%s) AS fill(event_id uuid, account_id bigint, symbol text, notional numeric)
        ON CONFLICT DO NOTHING
"""


def note_fills(events: Sequence[Envelope[TradeExecuted]]) -> None:
    """Write down fills."""
    notes = [
        {
            "event_id": event.id,
            "account_id": event.data.account_id,
            "symbol": event.data.symbol,
            "notional": event.data.notional,
        }
        for event in events
    ]
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_NOTE, [to_json(notes).decode()])


SUBSCRIPTIONS = (Subscription(TradeExecuted, note_fills),)
