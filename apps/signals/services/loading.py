"""Load candle files in bulk: one COPY, one INSERT, all or nothing, and boring the second time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from django.db import connections, transaction

from apps.signals.apps import DATABASE
from apps.signals.errors import CandleFileRefused
from apps.signals.models import Series
from apps.signals.rules.candle_file import FileBar, read_candle_file
from apps.signals.services.instruments import ensure_series

log = structlog.get_logger(__name__)

STAGING = """
CREATE TEMP TABLE candle_staging (
    line integer, open_time timestamptz,
    open numeric(48,28), high numeric(48,28), low numeric(48,28), close numeric(48,28), volume numeric(48,28)
) ON COMMIT DROP
"""
COPY = "COPY candle_staging FROM STDIN"
DIFFERENT = """
SELECT f.line, f.open_time, f.open_time <= r.released_through
FROM candle_staging f
JOIN signals_series r ON r.id = %(series)s
JOIN signals_candle c ON c.series_id = r.id AND c.open_time = f.open_time
WHERE (f.open, f.high, f.low, f.close, f.volume) IS DISTINCT FROM (c.open, c.high, c.low, c.close, c.volume)
ORDER BY f.open_time <= r.released_through DESC NULLS LAST, f.line
LIMIT 1
"""
BEHIND_THE_CLOCK = """
SELECT f.line, f.open_time
FROM candle_staging f
JOIN signals_series r ON r.id = %(series)s AND f.open_time < r.released_through
WHERE NOT EXISTS (SELECT FROM signals_candle c WHERE c.series_id = r.id AND c.open_time = f.open_time)
ORDER BY f.line LIMIT 1
"""
REPLACE = """
UPDATE signals_candle c
SET open = f.open, high = f.high, low = f.low, close = f.close, volume = f.volume
FROM candle_staging f
WHERE c.series_id = %(series)s AND c.open_time = f.open_time
  AND (f.open, f.high, f.low, f.close, f.volume) IS DISTINCT FROM (c.open, c.high, c.low, c.close, c.volume)
"""
INSERT = """
INSERT INTO signals_candle (series_id, open_time, open, high, low, close, volume)
SELECT %(series)s, open_time, open, high, low, close, volume FROM candle_staging ORDER BY open_time
ON CONFLICT (series_id, open_time) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: bars read from the file, added to the series, and replaced in it."""

    symbol: str
    timeframe: str
    bars: int
    added: int
    replaced: int
    first: datetime
    last: datetime


def load_candles(
    path: str | Path, *, symbol: str, timeframe: str, limit: int | None = None, replace: bool = False
) -> Loaded:
    """Load a candle file, or its first `limit` bars, into the series of a symbol.

    Loading the same again changes nothing. A bar that differs from the stored one is refused; with `replace` it takes
    its place, unless a market clock has released it. Raises CandleFileRefused or UnknownTimeframe.
    """
    path = Path(path)
    bars = read_candle_file(path, timeframe=timeframe, limit=limit)
    with transaction.atomic(using=DATABASE):
        series = Series.objects.select_for_update().get(pk=ensure_series(symbol, timeframe=timeframe).pk)
        added, replaced = _merge(bars, series=series, file=path.name, replace=replace)
    log.info("candles.loaded", symbol=symbol, timeframe=timeframe, bars=len(bars), added=added, replaced=replaced)
    return Loaded(symbol, timeframe, len(bars), added, replaced, bars[0].open_time, bars[-1].open_time)


def _merge(bars: Sequence[FileBar], *, series: Series, file: str, replace: bool) -> tuple[int, int]:
    parameters = {"series": series.pk}
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(STAGING)
        cursor.copy_expert(COPY, _as_copy_text(bars))
        cursor.execute(DIFFERENT, parameters)
        _refuse_difference(cursor.fetchone(), file=file, replace=replace)
        cursor.execute(BEHIND_THE_CLOCK, parameters)
        _refuse_late_bar(cursor.fetchone(), file=file)
        cursor.execute(REPLACE, parameters)
        replaced = cursor.rowcount
        cursor.execute(INSERT, parameters)
        added = cursor.rowcount
        cursor.execute("DROP TABLE candle_staging")
    return added, replaced


def _as_copy_text(bars: Sequence[FileBar]) -> io.StringIO:
    rows = (
        f"{bar.line}\t{bar.open_time.isoformat()}\t{bar.open}\t{bar.high}\t{bar.low}\t{bar.close}\t{bar.volume}\n"
        for bar in bars
    )
    return io.StringIO("".join(rows))


def _refuse_difference(found: tuple[int, datetime, bool | None] | None, *, file: str, replace: bool) -> None:
    if found is None:
        return
    line, bar_time, released = found
    if released:
        reason = f"the bar of {bar_time.isoformat()} differs from the one that was released, and signals stand on that"
        raise CandleFileRefused(file=file, line=line, reason=reason)
    if not replace:
        reason = f"the bar of {bar_time.isoformat()} differs from the stored one; load with replace=True to change it"
        raise CandleFileRefused(file=file, line=line, reason=reason)


def _refuse_late_bar(found: tuple[int, datetime] | None, *, file: str) -> None:
    if found is not None:
        reason = f"the bar of {found[1].isoformat()} is new, but the market clock has already passed it"
        raise CandleFileRefused(file=file, line=found[0], reason=reason)
