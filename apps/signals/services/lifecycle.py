"""What becomes of a signal: it expires on the market clock, and its outcome is decided by the bars after it.

Both are one statement over all signals concerned. In a replay released bars are counted, live the wall clock is read.
"""

import json
from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import connections, transaction

from apps.contracts.events.signals import SignalExpired, StrategyScored
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import record
from apps.signals.apps import DATABASE
from apps.signals.enums import Timeframe
from apps.signals.rules.timeframes import LENGTHS
from apps.signals.services.release import ACTOR

EXPIRE = """
WITH due AS (
    SELECT s.id, coalesce(bar.open_time, s.expires_at) AS reached, bar.open_time IS NOT NULL AS counted
    FROM signals_signal s
    JOIN signals_instrument i ON i.symbol = s.symbol
    JOIN signals_series r ON r.instrument_id = i.id AND r.timeframe = s.timeframe
    LEFT JOIN LATERAL (
        SELECT c.open_time FROM signals_candle c
        WHERE i.simulated AND c.series_id = r.id AND c.open_time > s.bar_time AND c.open_time <= r.released_through
        ORDER BY c.open_time OFFSET s.expires_after_bars - 1 LIMIT 1
    ) bar ON true
    WHERE s.status = 'active' AND (%(series)s IS NULL OR r.id = %(series)s)
      AND (bar.open_time IS NOT NULL OR (NOT i.simulated AND s.expires_at <= clock_timestamp()))
)
UPDATE signals_signal s SET status = 'expired'
FROM due WHERE s.id = due.id AND s.status = 'active'
RETURNING s.id, s.strategy_code, s.symbol, s.sequence, s.timeframe, due.reached, due.counted, s.correlation_id
"""
SCORE = """
WITH undecided AS (
    SELECT s.id, s.bar_time, s.price, s.target, s.stop_loss, s.horizon_bars, r.id AS series_id, r.released_through
    FROM signals_signal s
    JOIN signals_instrument i ON i.symbol = s.symbol
    JOIN signals_series r ON r.instrument_id = i.id AND r.timeframe = s.timeframe
    WHERE s.type = 'BUY' AND s.outcome = 'none' AND s.status <> 'updated' AND s.target IS NOT NULL
), reached AS (
    SELECT u.id, u.price, u.target, u.stop_loss, u.horizon_bars, b.n, b.open_time, b.close,
           b.low <= u.stop_loss AS stopped, b.high >= u.target AS hit
    FROM undecided u
    CROSS JOIN LATERAL (
        SELECT row_number() OVER (ORDER BY f.open_time) AS n, f.*
        FROM (
            SELECT c.open_time, c.high, c.low, c.close FROM signals_candle c
            WHERE c.series_id = u.series_id AND c.open_time > u.bar_time AND c.open_time <= u.released_through
            ORDER BY c.open_time LIMIT u.horizon_bars
        ) f
    ) b
), decided AS (
    SELECT DISTINCT ON (id) id, open_time,
           CASE WHEN stopped THEN 'stop_hit' WHEN hit THEN 'target_hit' ELSE 'time_exit' END AS outcome,
           (CASE WHEN stopped THEN stop_loss WHEN hit THEN target ELSE close END) / price - 1 AS result
    FROM reached
    WHERE stopped OR hit OR n = horizon_bars
    ORDER BY id, n
)
UPDATE signals_signal s
SET outcome = d.outcome, decided_at = d.open_time + (%(lengths)s::jsonb ->> s.timeframe)::interval,
    hypothetical_return = round(d.result, 10)
FROM decided d WHERE s.id = d.id AND s.outcome = 'none'
RETURNING s.strategy_id, s.strategy_code, s.strategy_version
"""


def expire_signals(*, series_id: int | None = None) -> int:
    """Expire the active signals, of one series or of all, whose time is up on the market clock; return how many."""
    with transaction.atomic(using=DATABASE):
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(EXPIRE, {"series": series_id})
            rows = cursor.fetchall()
        for row in rows:
            *facts, correlation_id = row
            record(_expired(*facts), using=DATABASE, trace=_continued(correlation_id))
    return len(rows)


def score_outcomes() -> int:
    """Decide the outcomes that released bars show, the stop first where one bar reaches both; return how many."""
    lengths = json.dumps({timeframe: f"{length.total_seconds():.0f} seconds" for timeframe, length in LENGTHS.items()})
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(SCORE, {"lengths": lengths})
        decided = Counter(cursor.fetchall())
        record(*(_scored(*strategy, decided=count) for strategy, count in sorted(decided.items())), using=DATABASE)
    return decided.total()


def _scored(strategy_id: int, strategy: str, version: int, *, decided: int) -> StrategyScored:
    return StrategyScored(strategy_id=strategy_id, strategy=strategy, strategy_version=version, decided=decided)


def _expired(
    signal_id: UUID, strategy: str, symbol: str, sequence: int, timeframe: str, reached: datetime, counted: bool
) -> SignalExpired:
    """`reached` is the open of the last bar that was counted, or live the expiry itself."""
    expired_at = reached + LENGTHS[Timeframe(timeframe)] if counted else reached
    return SignalExpired(id=signal_id, strategy=strategy, symbol=symbol, sequence=sequence, expired_at=expired_at)


def _continued(correlation_id: str) -> tracing.Trace:
    return tracing.Trace(correlation_id, traceparent=tracing.new_traceparent(), actor=ACTOR)
