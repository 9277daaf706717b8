"""Turn what a rule says at the close of a bar into the signal on record, once, and tell it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import structlog

from apps.contracts.events.signals import Evidence, SignalGenerated
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import record
from apps.signals.apps import DATABASE
from apps.signals.enums import SignalStatus, SignalType
from apps.signals.errors import BarAlreadyPassed
from apps.signals.models import Series, Signal, SignalCounter, Strategy
from apps.signals.ports import MarketBar
from apps.signals.rules.analysis import as_evidence, explain, values_at_end
from apps.signals.rules.confidence import Confidence, confidence_at_end
from apps.signals.rules.prices import plain, stop_on_tick, target_on_tick
from apps.signals.rules.timeframes import length_of
from apps.signals.strategies import rule_of
from apps.signals.strategies.evaluation import Evaluation, evaluate
from apps.signals.strategies.rule import Bars, Parameters, Rule

log = structlog.get_logger(__name__)

ACTOR = "service:signals"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a strategy says at the close of a bar. HOLD has no signal; `created` is False for one already on record."""

    type: SignalType
    bar_time: datetime
    signal: Signal | None = None
    created: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Close:
    """Everything known at the close of a bar, and what the rule made of it."""

    strategy: Strategy
    rule: Rule
    parameters: Parameters
    series: Series
    bars: Bars
    bar: MarketBar
    evaluation: Evaluation

    @property
    def type(self) -> SignalType:
        if self.evaluation.buy[-1]:
            return SignalType.BUY
        return SignalType.SELL if self.evaluation.sell[-1] else SignalType.HOLD


def answer_at_close(strategy: Strategy, *, series: Series, bars: Bars, bar: MarketBar) -> Answer:
    """Decide at the close of `bar`, the last of the prefix `bars`; put advice on record and tell it, once.

    Runs in the caller's transaction. Raises BarAlreadyPassed when the strategy has already spoken on a later bar.
    """
    rule = rule_of(strategy.code)
    parameters = {**rule.all_parameters(), **strategy.parameters}
    evaluation = evaluate(rule, bars=bars, parameters=parameters)
    close = _Close(strategy, rule, parameters, series, bars, bar, evaluation)
    if close.type == SignalType.HOLD:
        return Answer(SignalType.HOLD, bar.open_time, note="Nothing to do at the close of this bar.")
    return _publish(close)


def _publish(close: _Close) -> Answer:
    symbol, bar_time = close.series.instrument.symbol, close.bar.open_time
    counter = _locked_counter(close.strategy, symbol)
    latest = (
        Signal.objects.filter(strategy=close.strategy, symbol=symbol, bar_time__gte=bar_time, revision=0)
        .order_by("bar_time")
        .first()
    )
    if latest is not None and latest.bar_time == bar_time:
        return Answer(SignalType(latest.type), bar_time, latest)
    if latest is not None:
        raise BarAlreadyPassed(strategy=close.strategy.code, symbol=symbol, latest=latest.bar_time, bar_time=bar_time)
    counter.last += 1
    counter.save(update_fields=["last"])
    trace = tracing.fresh(actor=ACTOR)
    signal = Signal.objects.create(**_fields(close), sequence=counter.last, correlation_id=trace.correlation_id)
    if close.type == SignalType.SELL:
        _close_what_was_bought(signal)
    live = not close.series.instrument.simulated
    record(as_event(signal), using=DATABASE, trace=trace, expires_at=signal.expires_at if live else None)
    log.info("signal.generated", signal_id=str(signal.id), strategy=signal.strategy_code, symbol=symbol)
    return Answer(close.type, bar_time, signal, created=True)


def _locked_counter(strategy: Strategy, symbol: str) -> SignalCounter:
    SignalCounter.objects.bulk_create([SignalCounter(strategy=strategy, symbol=symbol)], ignore_conflicts=True)
    return SignalCounter.objects.select_for_update().get(strategy=strategy, symbol=symbol)


def _fields(close: _Close) -> dict[str, Any]:
    length = length_of(close.series.timeframe)
    known_at = close.bar.open_time + length
    return {
        "strategy": close.strategy,
        "strategy_code": close.strategy.code,
        "strategy_version": close.strategy.version,
        "symbol": close.series.instrument.symbol,
        "timeframe": close.series.timeframe,
        "type": close.type,
        "bar_time": close.bar.open_time,
        "data_as_of": known_at,
        "expires_at": known_at + int(close.parameters["expires_after_bars"]) * length,
        "expires_after_bars": int(close.parameters["expires_after_bars"]),
        "horizon_bars": int(close.parameters["horizon_bars"]),
        **_reasons(close),
    }


def _reasons(close: _Close) -> dict[str, Any]:
    price = plain(close.bar.close)
    target, stop = _levels(close)
    here = confidence_at_end(close.bars, evaluation=close.evaluation, horizon=_horizon(close))
    confidence = here if close.type == SignalType.BUY else _confidence_of_what_it_closes(close)
    values = values_at_end(close.evaluation, parameters=close.parameters, regime_average=here.regime_average)
    analysis = explain(
        close.rule,
        advice=close.type,
        symbol=close.series.instrument.symbol,
        close=price,
        values=values,
        target=target,
        stop=stop,
        parameters=close.parameters,
        confidence=confidence,
    )
    return {
        "price": price,
        "target": target,
        "stop_loss": stop,
        "confidence": None if confidence is None else confidence.value,
        "analysis": analysis,
        "evidence": as_evidence(values, close=price, at=close.bar.open_time),
    }


def _levels(close: _Close) -> tuple[Decimal | None, Decimal | None]:
    if close.type == SignalType.SELL:
        return None, None
    tick = close.series.instrument.tick
    return (
        target_on_tick(float(close.evaluation.target[-1]), tick=tick),
        stop_on_tick(float(close.evaluation.stop[-1]), tick=tick),
    )


def _confidence_of_what_it_closes(close: _Close) -> Confidence | None:
    """Return the confidence that the BUY before a SELL had at its own bar; None when there is none to close."""
    spoken = np.flatnonzero(close.evaluation.buy[:-1] | close.evaluation.sell[:-1])
    if not len(spoken) or not close.evaluation.buy[spoken[-1]]:
        return None
    end = int(spoken[-1]) + 1
    return confidence_at_end(close.bars.until(end), evaluation=close.evaluation.until(end), horizon=_horizon(close))


def _horizon(close: _Close) -> int:
    return int(close.parameters["horizon_bars"])


def _close_what_was_bought(sell: Signal) -> None:
    Signal.objects.filter(
        strategy=sell.strategy,
        symbol=sell.symbol,
        type=SignalType.BUY,
        status__in=(SignalStatus.ACTIVE, SignalStatus.EXPIRED),
        bar_time__lt=sell.bar_time,
    ).update(status=SignalStatus.CLOSED)


def as_event(signal: Signal) -> SignalGenerated:
    """Return the fact that a signal was generated."""
    return SignalGenerated(
        id=signal.id,
        strategy_id=signal.strategy_id,
        strategy=signal.strategy_code,
        strategy_version=signal.strategy_version,
        symbol=signal.symbol,
        timeframe=signal.timeframe,
        type="BUY" if signal.type == SignalType.BUY else "SELL",
        price=signal.price,
        target=signal.target,
        stop=signal.stop_loss,
        confidence=signal.confidence,
        analysis=signal.analysis,
        evidence=tuple(Evidence.model_validate(item) for item in signal.evidence),
        bar_time=signal.bar_time,
        generated_at=signal.generated_at,
        data_as_of=signal.data_as_of,
        expiry=signal.expires_at,
        expires_after_bars=signal.expires_after_bars,
        sequence=signal.sequence,
        revision=signal.revision,
    )
