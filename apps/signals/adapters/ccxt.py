"""Market data from a live exchange through ccxt: closed bars only, paged, with deadlines and a few retries.

Importing ccxt takes seconds; this module is loaded by name and only where live data is chosen.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ccxt
import structlog
from django.conf import settings

from apps.kernel.clock import now
from apps.kernel.resilience.breaker import Breaker
from apps.signals.errors import MarketDataUnavailable
from apps.signals.ports import MarketBar, Opening, Tape
from apps.signals.rules.timeframes import length_of

log = structlog.get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGE = 500
_BREAKER = Breaker("The exchange", failures=(ccxt.NetworkError,))
"""One for the process: each task makes an adapter of its own, and all ask the same exchange."""


def _exchange() -> Any:
    kind = getattr(ccxt, settings.TREUM_SIGNALS_CCXT_EXCHANGE)
    return kind({"enableRateLimit": True, "timeout": int(settings.TREUM_SIGNALS_CCXT_TIMEOUT_SECONDS * 1000)})


class CcxtMarketData:
    """Bars of one exchange. A bar has closed when the wall clock has passed its end."""

    simulated = False

    def __init__(
        self, exchange: Any = None, *, sleep: Callable[[float], None] = time.sleep, breaker: Breaker = _BREAKER
    ) -> None:
        self._exchange = exchange or _exchange()
        self._breaker = breaker
        self._sleep = sleep

    def bars_after(self, symbol: str, *, timeframe: str, after: datetime | None, limit: int) -> Tape:
        """Return the next closed bars; without `after`, the most recent of them. Raises MarketDataUnavailable."""
        length, moment = length_of(timeframe), now()
        since = after + length if after is not None else moment - (limit + 1) * length
        rows = self._rows(symbol, timeframe=timeframe, since=since, wanted=limit + 1)
        bars = [_bar(row) for row in rows if after is None or _opened(row) > after]
        closed = [bar for bar in bars if bar.open_time + length <= moment][:limit]
        following = bars[len(closed) :]
        return Tape(closed, Opening(following[0].open_time, following[0].open) if closed and following else None)

    def _rows(self, symbol: str, *, timeframe: str, since: datetime, wanted: int) -> list[list[Any]]:
        rows: list[list[Any]] = []
        start = (since - EPOCH) // timedelta(milliseconds=1)
        while len(rows) < wanted:
            page = self._page(symbol, timeframe=timeframe, since=start, limit=min(PAGE, wanted - len(rows)))
            fresh = [row for row in page if not rows or row[0] > rows[-1][0]]
            if not fresh:
                break
            rows.extend(fresh)
            start = fresh[-1][0] + 1
        return rows

    def _page(self, symbol: str, *, timeframe: str, since: int, limit: int) -> list[list[Any]]:
        tries = settings.TREUM_SIGNALS_CCXT_TRIES
        for attempt in range(1, tries + 1):
            try:
                with self._breaker.call():
                    rows = self._exchange.fetch_ohlcv(symbol.replace("-", "/"), timeframe, since=since, limit=limit)
                return list(rows)
            except ccxt.NetworkError as error:
                log.warning("market_data.retried", symbol=symbol, attempt=attempt, error=type(error).__name__)
                failure: Exception = error
                if attempt < tries:
                    self._sleep(float(2 ** (attempt - 1)))
            except ccxt.BaseError as error:
                failure = error
                break
        raise MarketDataUnavailable(
            symbol=symbol, timeframe=timeframe, source=f"{self._exchange.id}", reason=str(failure)
        )


def _opened(row: list[Any]) -> datetime:
    return EPOCH + timedelta(milliseconds=int(row[0]))


def _bar(row: list[Any]) -> MarketBar:
    open_, high, low, close, volume = (Decimal(str(value or 0)) for value in row[1:6])
    return MarketBar(_opened(row), open_, high, low, close, volume)
