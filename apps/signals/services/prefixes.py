"""The released bars of a series as arrays, kept per process and only ever extended.

Released bars never change, so what was read once stays true. Bars ahead of a clock never enter.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock

import numpy as np
from django.db import connections

from apps.signals.apps import DATABASE
from apps.signals.ports import MarketBar
from apps.signals.strategies.rule import Bars, Floats

SERIES_KEPT = 256
FIRST_CAPACITY = 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEWER = """
SELECT (extract(epoch FROM open_time) * 1000000)::bigint,
       open::float8, high::float8, low::float8, close::float8, volume::float8
FROM signals_candle
WHERE series_id = %s AND open_time > %s AND open_time <= %s
ORDER BY open_time
"""


class _Kept:
    """One growing table of bars. Views of it stay true: rows are added behind them and never changed."""

    def __init__(self) -> None:
        self.size = 0
        self.times = np.empty(FIRST_CAPACITY, dtype=np.int64)
        self.columns = np.empty((5, FIRST_CAPACITY), dtype=np.float64)

    def last(self) -> datetime:
        return EPOCH + int(self.times[self.size - 1]) * MICROSECOND if self.size else datetime.min.replace(tzinfo=UTC)

    def extend(self, rows: Sequence[tuple[float, ...]]) -> None:
        end = self.size + len(rows)
        self._make_room(end)
        self.times[self.size : end] = [row[0] for row in rows]
        self.columns[:, self.size : end] = np.array([row[1:] for row in rows], dtype=np.float64).T
        self.size = end

    def until(self, moment: datetime) -> Bars:
        end = int(np.searchsorted(self.times[: self.size], (moment - EPOCH) // MICROSECOND, side="right"))
        return Bars(*self.columns[:, :end])

    def _make_room(self, needed: int) -> None:
        if needed <= len(self.times):
            return
        capacity = max(needed, 2 * len(self.times))
        times, columns = np.empty(capacity, dtype=np.int64), np.empty((5, capacity), dtype=np.float64)
        times[: self.size], columns[:, : self.size] = self.times[: self.size], self.columns[:, : self.size]
        self.times, self.columns = times, columns


_kept: OrderedDict[tuple[str, int], _Kept] = OrderedDict()
_lock = Lock()


def released_prefix(series_id: int, *, up_to: datetime | None) -> Bars:
    """Return the bars of a series that opened at `up_to` or before. `up_to` must have been released, or be None."""
    if up_to is None:
        return as_bars(())
    with _lock:
        kept = _kept_for(series_id)
        if kept.last() < up_to:
            with connections[DATABASE].cursor() as cursor:
                cursor.execute(NEWER, (series_id, kept.last(), up_to))
                rows = cursor.fetchall()
            if rows:
                kept.extend(rows)
        return kept.until(up_to)


def as_bars(bars: Sequence[MarketBar]) -> Bars:
    """Return exact bars as arrays."""
    return Bars(*(_floats(bars, name) for name in ("open", "high", "low", "close", "volume")))


def forget_prefixes() -> None:
    """Drop everything that is kept, for a process whose database was replaced."""
    with _lock:
        _kept.clear()


def _kept_for(series_id: int) -> _Kept:
    key = (str(connections[DATABASE].settings_dict["NAME"]), series_id)
    kept = _kept.setdefault(key, _Kept())
    _kept.move_to_end(key)
    if len(_kept) > SERIES_KEPT:
        _kept.popitem(last=False)
    return kept


def _floats(bars: Sequence[MarketBar], name: str) -> Floats:
    return np.array([float(getattr(bar, name)) for bar in bars], dtype=np.float64)
