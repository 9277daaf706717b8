"""What the tally does about fills: one row for each, however often it is told."""

from collections.abc import Sequence

from django.db import connections

from apps.contracts.events.trading import TradeExecuted
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from benchmarks.tally.apps import DATABASE

_NOTE = """
    INSERT INTO tally_note (event_id, account_id, symbol, notional)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::numeric[])
        ON CONFLICT DO NOTHING
"""


def note_fills(events: Sequence[Envelope[TradeExecuted]]) -> None:
    """Write down fills."""
    fills = [event.data for event in events]
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(
            _NOTE,
            [
                [str(event.id) for event in events],
                [fill.account_id for fill in fills],
                [fill.symbol for fill in fills],
                [fill.notional for fill in fills],
            ],
        )


SUBSCRIPTIONS = (Subscription(TradeExecuted, note_fills),)
