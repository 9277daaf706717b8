"""Closing bars on a market clock: they can never change again, and everyone is told."""

from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from apps.contracts.events.signals import BarClosed
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import record_batches
from apps.signals.apps import DATABASE
from apps.signals.models import Series
from apps.signals.ports import MarketBar, Opening, Tape
from apps.signals.rules.prices import plain
from apps.signals.rules.timeframes import length_of

ACTOR = "service:signals"


def release(series: Series, *, tape: Tape) -> None:
    """Close the bars of a tape in the caller's transaction: mark them released and record `market.bar.closed` each."""
    if not tape.bars:
        return
    last = tape.bars[-1].open_time
    Series.objects.filter(pk=series.pk).update(released_through=Greatest(Coalesce(F("released_through"), last), last))
    record_batches(_events(series, tape), using=DATABASE, trace=tracing.fresh(actor=ACTOR))


def _events(series: Series, tape: Tape) -> list[BarClosed]:
    following: Sequence[Opening | None] = [*(Opening(bar.open_time, bar.open) for bar in tape.bars[1:]), tape.next]
    return [_event(series, bar, opening) for bar, opening in zip(tape.bars, following, strict=True)]


def _event(series: Series, bar: MarketBar, opening: Opening | None) -> BarClosed:
    instrument = series.instrument
    return BarClosed(
        symbol=instrument.symbol,
        timeframe=series.timeframe,
        bar_time=bar.open_time,
        closed_at=bar.open_time + length_of(series.timeframe),
        open=plain(bar.open),
        high=plain(bar.high),
        low=plain(bar.low),
        close=plain(bar.close),
        volume=plain(bar.volume),
        next_open=None if opening is None else plain(opening.price),
        next_open_at=None if opening is None else opening.at,
        quote_currency=instrument.quote_currency,
        tick=plain(instrument.tick),
        lot=plain(instrument.lot),
        min_notional=plain(instrument.min_notional),
        simulated=instrument.simulated,
    )
