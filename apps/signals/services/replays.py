"""The replay's market clock: it releases bars in chunks up to the next signal, and waits until that is carried out.

One transaction moves the clock, tells of the bars, publishes the signals of the last of them and asks for what comes
next. The replay row is locked throughout, so that a task delivered twice, or a worker killed at any line, neither
skips a bar nor repeats one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import numpy as np
import structlog
from django.conf import settings
from django.db import transaction

from apps.kernel.clock import now
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import request
from apps.signals.adapters.replay import ReplayMarketData
from apps.signals.apps import DATABASE
from apps.signals.enums import Pace, ReplayState
from apps.signals.errors import NoPace, NoStrategies, UnknownSymbol
from apps.signals.models import Candle, Replay, Series, Signal, Strategy
from apps.signals.ports import Opening, Tape
from apps.signals.rules.timeframes import length_of
from apps.signals.services.lifecycle import expire_signals
from apps.signals.services.prefixes import as_bars, released_prefix
from apps.signals.services.publishing import answer_at_close
from apps.signals.services.release import ACTOR, release
from apps.signals.services.seeding import ensure_strategy
from apps.signals.strategies import rule_of
from apps.signals.strategies.evaluation import signal_bars
from apps.signals.strategies.rule import Bars

log = structlog.get_logger(__name__)

ADVANCE = "signals.advance_replay"
FIRST_LOOK = 64
LOOK_FURTHER = 4


def start_replay(
    symbol: str,
    *,
    timeframe: str,
    strategies: Sequence[str],
    pace: Pace | str = Pace.PIPELINE,
    bars_per_second: float | None = None,
    limit: int | None = None,
) -> Replay:
    """Put a clock at the beginning of a series, for strategies by code, and let it run over its first `limit` bars.

    Raises UnknownSymbol, UnknownTimeframe, UnknownStrategy, NoStrategies or NoPace.
    """
    length_of(timeframe)
    series = Series.objects.filter(instrument__symbol=symbol, timeframe=timeframe).first()
    if series is None or not Candle.objects.filter(series=series).exists():
        raise UnknownSymbol(symbol=symbol, timeframe=timeframe)
    if not strategies:
        raise NoStrategies()
    if pace == Pace.TIMED and not (bars_per_second or 0) > 0:
        raise NoPace(bars_per_second=bars_per_second)
    with transaction.atomic(using=DATABASE):
        replay = Replay.objects.create(series=series, pace=pace, bars_per_second=bars_per_second, limit=limit)
        replay.strategies.set([ensure_strategy(code, timeframe=timeframe) for code in strategies])
        if pace == Pace.PIPELINE:
            _ask_to_advance(replay)
    return replay


def advance_replay(replay_id: int) -> None:
    """Release the bars up to and including the next signal's, or as many as one transaction takes.

    Does nothing while the replay waits for its last signals, has finished, or runs by the second.
    """
    with transaction.atomic(using=DATABASE):
        replay = _locked(replay_id)
        if replay is None or replay.state != ReplayState.RUNNING or replay.pace != Pace.PIPELINE:
            return
        _advance(replay, at_most=settings.TREUM_SIGNALS_CHUNK_BARS)
        if replay.state == ReplayState.RUNNING:
            _ask_to_advance(replay)
        replay.save()


def resume_replays(signal_ids: Sequence[UUID]) -> None:
    """Let the replays go on that waited for these signals, each when all it waited for have been carried out."""
    done = set(signal_ids)
    with transaction.atomic(using=DATABASE):
        waiting = Replay.objects.filter(state=ReplayState.WAITING, waiting_for__overlap=list(done))
        for replay in waiting.select_for_update().order_by("pk"):
            replay.waiting_for = [signal_id for signal_id in replay.waiting_for if signal_id not in done]
            if not replay.waiting_for:
                replay.state = ReplayState.RUNNING
                if replay.pace == Pace.PIPELINE:
                    _ask_to_advance(replay)
            replay.save(update_fields=["waiting_for", "state"])


def advance_replays() -> None:
    """Release the bars that are due by the wall clock in each replay that runs by the second.

    A signal is waited for here too, so that nothing is carried out late only because the clock is fast.
    """
    timed = Replay.objects.filter(state=ReplayState.RUNNING, pace=Pace.TIMED)
    for replay_id in timed.order_by("pk").values_list("pk", flat=True):
        _advance_timed(replay_id, moment=now())


def _advance_timed(replay_id: int, *, moment: datetime) -> None:
    with transaction.atomic(using=DATABASE):
        replay = _locked(replay_id, skip_locked=True)
        if replay is None or replay.state != ReplayState.RUNNING:
            return
        due = _bars_due(replay, moment=moment)
        if due:
            before = replay.position
            _advance(replay, at_most=due)
            _count_as_paced(replay, bars=replay.position - before)
        replay.save()


def _bars_due(replay: Replay, *, moment: datetime) -> int:
    """Return how many bars have fallen due since the last one released, at most a chunk."""
    if replay.advanced_at is None:
        replay.advanced_at = moment
    due = int((moment - replay.advanced_at).total_seconds() * cast(float, replay.bars_per_second))
    return min(due, int(settings.TREUM_SIGNALS_CHUNK_BARS))


def _count_as_paced(replay: Replay, *, bars: int) -> None:
    paced = timedelta(seconds=bars / cast(float, replay.bars_per_second))
    replay.advanced_at = cast(datetime, replay.advanced_at) + paced


def _advance(replay: Replay, *, at_most: int) -> None:
    signals = _release_to_next_signal(replay, at_most=at_most)
    if signals:
        replay.state, replay.waiting_for = ReplayState.WAITING, [signal.id for signal in signals]


def _release_to_next_signal(replay: Replay, *, at_most: int) -> list[Signal]:
    """Release up to and including the next signal's bar, publish the signals there, and move the clock."""
    strategies = list(replay.strategies.order_by("pk"))
    prefix = released_prefix(replay.series_id, up_to=replay.clock)
    tape, speaks = _stretch(replay, strategies, prefix=prefix, at_most=at_most)
    if tape.bars:
        replay.clock = tape.bars[-1].open_time
        replay.position += len(tape.bars)
        release(replay.series, tape=tape)
        expire_signals(series_id=replay.series_id)
    signals = _publish(replay, strategies, bars=prefix.followed_by(as_bars(tape.bars)), tape=tape) if speaks else []
    if tape.next is None and not signals:
        _finish(replay)
    return signals


def _stretch(replay: Replay, strategies: Sequence[Strategy], *, prefix: Bars, at_most: int) -> tuple[Tape, bool]:
    """Return the bars to release, and whether a strategy speaks on the last of them.

    Looking ahead on the tape only chooses the length of the stretch: what is said is decided anew from the bars up
    to its end alone.
    """
    bars_left = None if replay.limit is None else max(replay.limit - replay.position, 0)
    market = ReplayMarketData(bars_left=bars_left)
    symbol, timeframe = replay.series.instrument.symbol, replay.series.timeframe
    look = min(FIRST_LOOK, at_most)
    while True:
        tape = market.bars_after(symbol, timeframe=timeframe, after=replay.clock, limit=look)
        length = _bars_to_next_signal(strategies, prefix=prefix, tape=tape)
        if length is not None:
            return _cut(tape, length), True
        if look >= at_most or tape.next is None:
            return tape, False
        look = min(look * LOOK_FURTHER, at_most)


def _bars_to_next_signal(strategies: Sequence[Strategy], *, prefix: Bars, tape: Tape) -> int | None:
    bars = prefix.followed_by(as_bars(tape.bars))
    speaks = np.zeros(len(tape.bars), dtype=np.bool_)
    for strategy in strategies:
        rule = rule_of(strategy.code)
        parameters = {**rule.all_parameters(), **strategy.parameters}
        if len(bars):
            speaks |= signal_bars(rule, bars=bars, parameters=parameters)[len(prefix) :]
    return int(speaks.argmax()) + 1 if speaks.any() else None


def _cut(tape: Tape, length: int) -> Tape:
    if length == len(tape.bars):
        return tape
    following = tape.bars[length]
    return Tape(tape.bars[:length], Opening(following.open_time, following.open))


def _publish(replay: Replay, strategies: Sequence[Strategy], *, bars: Bars, tape: Tape) -> list[Signal]:
    answers = [answer_at_close(strategy, series=replay.series, bars=bars, bar=tape.bars[-1]) for strategy in strategies]
    return [answer.signal for answer in answers if answer.signal is not None and answer.created]


def _finish(replay: Replay) -> None:
    replay.state, replay.finished_at = ReplayState.FINISHED, now()
    log.info("replay.finished", replay_id=replay.pk, bars=replay.position, last_bar=str(replay.clock))


def _locked(replay_id: int, *, skip_locked: bool = False) -> Replay | None:
    rows = Replay.objects.select_for_update(of=("self",), skip_locked=skip_locked)
    return rows.select_related("series__instrument").filter(pk=replay_id).first()


def _ask_to_advance(replay: Replay) -> None:
    request(ADVANCE, replay.pk, using=DATABASE, trace=tracing.fresh(actor=ACTOR))
