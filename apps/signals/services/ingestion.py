"""Take in the bars that have closed on the live market: read first, then one short transaction a page."""

from collections.abc import Sequence

import structlog
from django.conf import settings
from django.db import transaction

from apps.signals.adapters.sources import market_data
from apps.signals.apps import DATABASE
from apps.signals.errors import UnusableMarketData
from apps.signals.models import Candle, Series
from apps.signals.ports import MarketBar, MarketData, Tape
from apps.signals.services.instruments import ensure_series
from apps.signals.services.lifecycle import expire_signals
from apps.signals.services.release import release

log = structlog.get_logger(__name__)


def ingest_closed_bars(symbol: str, *, timeframe: str, market: MarketData | None = None) -> int:
    """Store and tell the bars that have closed since the last ones taken in; return how many.

    The first time, TREUM_SIGNALS_HISTORY_BARS are taken in. A replay's bars are released by its own clock, so for
    that source there is nothing to do. Raises MarketDataUnavailable or UnusableMarketData.
    """
    source = market or market_data()
    if source.simulated:
        return 0
    series = ensure_series(symbol, timeframe=timeframe, simulated=False)
    taken = 0
    while True:
        page = settings.TREUM_SIGNALS_HISTORY_BARS
        tape = source.bars_after(symbol, timeframe=timeframe, after=series.released_through, limit=page)
        _refuse_unusable(tape.bars, series=series)
        taken += _take_in(series, tape)
        series.refresh_from_db(fields=["released_through"])
        if len(tape.bars) < page:
            return taken


def _take_in(series: Series, tape: Tape) -> int:
    with transaction.atomic(using=DATABASE):
        through = Series.objects.select_for_update().get(pk=series.pk).released_through
        fresh = [bar for bar in tape.bars if through is None or bar.open_time > through]
        Candle.objects.bulk_create([_candle(series, bar) for bar in fresh], ignore_conflicts=True)
        release(series, tape=Tape(fresh, tape.next))
        expire_signals(series_id=series.pk)
    return len(fresh)


def _candle(series: Series, bar: MarketBar) -> Candle:
    return Candle(
        series=series,
        open_time=bar.open_time,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
    )


def _refuse_unusable(bars: Sequence[MarketBar], *, series: Series) -> None:
    for bar in bars:
        if (
            bar.low > 0
            and bar.volume >= 0
            and bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        ):
            continue
        raise UnusableMarketData(
            source=series.instrument.symbol,
            symbol=series.instrument.symbol,
            timeframe=series.timeframe,
            bar_time=bar.open_time,
            reason=f"open {bar.open}, high {bar.high}, low {bar.low}, close {bar.close}, volume {bar.volume}",
        )
