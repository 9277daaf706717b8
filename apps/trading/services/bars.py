"""Trading's copy of the market, written in two statements however many bars there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connections

from apps.trading.apps import DATABASE

_STORE = """
    INSERT INTO trading_marketbar AS known
        (symbol, timeframe, bar_time, closed_at, open, close, next_open, next_open_at)
    SELECT DISTINCT ON (symbol, timeframe, bar_time) *
    FROM unnest(%(symbols)s::text[], %(timeframes)s::text[], %(times)s::timestamptz[], %(closed)s::timestamptz[],
                %(opens)s::numeric[], %(closes)s::numeric[], %(next_opens)s::numeric[], %(next_times)s::timestamptz[])
         AS bar (symbol, timeframe, bar_time, closed_at, open, close, next_open, next_open_at)
    ORDER BY symbol, timeframe, bar_time, next_open NULLS LAST
    ON CONFLICT (symbol, timeframe, bar_time) DO UPDATE
        SET next_open = excluded.next_open, next_open_at = excluded.next_open_at
        WHERE known.next_open IS NULL AND excluded.next_open IS NOT NULL
"""
_ADVANCE = """
    UPDATE trading_quote AS quote
    SET bar_time = bar.bar_time, closed_at = bar.closed_at, close = bar.close, currency = bar.currency, tick = bar.tick,
        lot = bar.lot, min_notional = bar.min_notional, simulated = bar.simulated
    FROM (
        SELECT DISTINCT ON (symbol, timeframe) *
        FROM unnest(%(symbols)s::text[], %(timeframes)s::text[], %(times)s::timestamptz[], %(closed)s::timestamptz[],
                    %(closes)s::numeric[], %(currencies)s::text[], %(ticks)s::numeric[], %(lots)s::numeric[],
                    %(min_notionals)s::numeric[], %(simulated)s::boolean[])
             AS bar (symbol, timeframe, bar_time, closed_at, close, currency, tick, lot, min_notional, simulated)
        ORDER BY symbol, timeframe, bar_time DESC
    ) AS bar
    WHERE (quote.symbol, quote.timeframe) = (bar.symbol, bar.timeframe)
      AND (quote.bar_time IS NULL OR quote.bar_time < bar.bar_time)
"""


@dataclass(frozen=True, slots=True)
class NotedBar:
    """A closed bar with the rules of its instrument."""

    symbol: str
    timeframe: str
    bar_time: datetime
    closed_at: datetime
    open: Decimal
    close: Decimal
    next_open: Decimal | None
    next_open_at: datetime | None
    currency: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal
    simulated: bool


def store_bars(bars: Sequence[NotedBar]) -> None:
    """Keep bars, learn a next open that was unknown, and move each quote to its newest bar. Quotes are locked."""
    columns: dict[str, Any] = {
        "symbols": [bar.symbol for bar in bars],
        "timeframes": [bar.timeframe for bar in bars],
        "times": [bar.bar_time for bar in bars],
        "closed": [bar.closed_at for bar in bars],
        "opens": [bar.open for bar in bars],
        "closes": [bar.close for bar in bars],
        "next_opens": [bar.next_open for bar in bars],
        "next_times": [bar.next_open_at for bar in bars],
        "currencies": [bar.currency for bar in bars],
        "ticks": [bar.tick for bar in bars],
        "lots": [bar.lot for bar in bars],
        "min_notionals": [bar.min_notional for bar in bars],
        "simulated": [bar.simulated for bar in bars],
    }
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_STORE, columns)
        cursor.execute(_ADVANCE, columns)
