"""Ask a strategy about a symbol: on request, or at the close of each bar as staff have scheduled it."""

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.signals.apps import DATABASE
from apps.signals.enums import SignalType
from apps.signals.errors import BarNotReleased, StrategyNotSeeded, UnknownSymbol
from apps.signals.models import Candle, Schedule, Series, Strategy
from apps.signals.ports import MarketBar
from apps.signals.rules.timeframes import length_of
from apps.signals.services.ingestion import ingest_closed_bars
from apps.signals.services.prefixes import released_prefix
from apps.signals.services.publishing import Answer, answer_at_close

log = structlog.get_logger(__name__)

STALE_AFTER_BARS = 2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def generate(strategy_id: int, *, symbol: str, up_to: datetime | None = None) -> Answer:
    """Answer what a strategy says about a symbol at the close of the bar `up_to`, by default the last released one.

    Asking twice gives the same signal. Raises UnknownSymbol, BarNotReleased or BarAlreadyPassed.
    """
    with transaction.atomic(using=DATABASE):
        strategy = _strategy(strategy_id)
        series = _series(symbol, timeframe=strategy.timeframe)
        bar = _released_bar(series, up_to or series.released_through)
        bars = released_prefix(series.pk, up_to=bar.open_time)
        return answer_at_close(strategy, series=series, bars=bars, bar=bar)


def generate_due() -> int:
    """Request an answer for each enabled schedule whose bar has closed since it was last asked; return how many.

    Replays trigger by bar instead, so this does nothing while the market data is a replay's.
    """
    if settings.TREUM_SIGNALS_MARKET_DATA == "replay":
        return 0
    with transaction.atomic(using=DATABASE):
        enabled = Schedule.objects.filter(enabled=True, strategy__enabled=True).select_related("strategy")
        due = [schedule for schedule in enabled.select_for_update(of=("self",)).order_by("pk") if _falls_due(schedule)]
        Schedule.objects.bulk_update(due, ["asked_for"])
        for schedule in due:
            request("signals.generate", schedule.strategy_id, schedule.symbol, using=DATABASE)
    return len(due)


def generate_live(strategy_id: int, symbol: str) -> Answer:
    """Take in the bars that have closed on the live market, then answer; data older than two bars makes no signal."""
    strategy = _strategy(strategy_id)
    ingest_closed_bars(symbol, timeframe=strategy.timeframe)
    series = _series(symbol, timeframe=strategy.timeframe)
    if series.released_through is None:
        raise BarNotReleased(symbol=symbol, timeframe=strategy.timeframe, bar_time="the beginning")
    length = length_of(strategy.timeframe)
    age = now() - (series.released_through + length)
    if not series.instrument.simulated and age > STALE_AFTER_BARS * length:
        return _stale(strategy, symbol, bar_time=series.released_through, age=age)
    return generate(strategy_id, symbol=symbol)


def _falls_due(schedule: Schedule) -> bool:
    length = length_of(schedule.strategy.timeframe)
    last_closed = EPOCH + ((now() - EPOCH) // length - 1) * length
    if schedule.asked_for is not None and schedule.asked_for >= last_closed:
        return False
    schedule.asked_for = last_closed
    return True


def _stale(strategy: Strategy, symbol: str, *, bar_time: datetime, age: timedelta) -> Answer:
    Schedule.objects.filter(strategy=strategy, symbol=symbol).update(stale_runs=F("stale_runs") + 1)
    log.warning("signal.stale_data", strategy=strategy.code, symbol=symbol, bar_time=bar_time, age=str(age))
    note = f"No signal: the last bar closed {age} ago, more than {STALE_AFTER_BARS} bars."
    return Answer(SignalType.HOLD, bar_time, note=note)


def _strategy(strategy_id: int) -> Strategy:
    strategy = Strategy.objects.filter(pk=strategy_id).first()
    if strategy is None:
        raise StrategyNotSeeded(strategy_id=strategy_id)
    return strategy


def _series(symbol: str, *, timeframe: str) -> Series:
    series = Series.objects.select_related("instrument").filter(instrument__symbol=symbol, timeframe=timeframe).first()
    if series is None:
        raise UnknownSymbol(symbol=symbol, timeframe=timeframe)
    return series


def _released_bar(series: Series, bar_time: datetime | None) -> MarketBar:
    through = series.released_through
    row = None
    if bar_time is not None and through is not None and bar_time <= through:
        columns = ("open_time", "open", "high", "low", "close", "volume")
        row = Candle.objects.filter(series=series, open_time=bar_time).values_list(*columns).first()
    if row is None:
        symbol = series.instrument.symbol
        raise BarNotReleased(symbol=symbol, timeframe=series.timeframe, bar_time=bar_time or "the beginning")
    return MarketBar(*row)
