"""The written reason of a signal. Every number in it comes from the candles or was derived from them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import numpy as np

from apps.kernel.text import plain
from apps.signals.enums import SignalType
from apps.signals.rules.confidence import ENOUGH, REGIME_PERIOD, Confidence
from apps.signals.rules.prices import reading
from apps.signals.strategies.evaluation import Evaluation
from apps.signals.strategies.rule import Parameters, Rule

SIGNIFICANT = 8


def values_at_end(evaluation: Evaluation, *, parameters: Parameters, regime_average: float) -> dict[str, Decimal]:
    """Return the defined indicator values on the last bar, by name."""
    named = {name: values[-1] for name, values in evaluation.advice.readings.items()}
    named[f"ATR({int(parameters['atr_period'])})"] = evaluation.atr[-1]
    named[f"SMA({REGIME_PERIOD}) regime"] = np.float64(regime_average)
    return {name: reading(float(value)) for name, value in named.items() if np.isfinite(value)}


def as_evidence(values: Mapping[str, Decimal], *, close: Decimal, at: datetime) -> list[dict[str, str]]:
    """Return the measured values as they are stored and told: indicator, value and the time of the bar."""
    time = at.isoformat().replace("+00:00", "Z")
    return [
        {"indicator": name, "value": f"{value:f}", "time": time} for name, value in {"close": close, **values}.items()
    ]


def explain(
    rule: Rule,
    *,
    advice: SignalType,
    symbol: str,
    close: Decimal,
    values: Mapping[str, Decimal],
    target: Decimal | None,
    stop: Decimal | None,
    parameters: Parameters,
    confidence: Confidence | None,
) -> str:
    """Return why the rule spoke, where target and stop lie, and what earlier advice like it came to."""
    reason = rule.buys_when if advice == SignalType.BUY else rule.sells_when
    measured = ", ".join(f"{name} {_short(value)}" for name, value in values.items())
    opening = f"{advice} {symbol}: at the close of the bar, {close:f}, {reason} ({measured})."
    sentences = [opening, *_levels(advice, target, stop, parameters), _track(advice, confidence)]
    return " ".join(sentences)


def _levels(advice: SignalType, target: Decimal | None, stop: Decimal | None, parameters: Parameters) -> list[str]:
    if advice == SignalType.SELL:
        return ["It closes what this strategy bought."]
    if target is None or stop is None:
        return ["Too few bars, or too low a price, for both a target and a stop."]
    distances = f"{parameters['target_atr']:g} and stop {stop:f} is {parameters['stop_atr']:g} average true ranges away"
    return [f"Target {target:f} is {distances}."]


def _track(advice: SignalType, confidence: Confidence | None) -> str:
    if confidence is None:
        return "Confidence: there is no earlier BUY that it would close."
    whose = "" if advice == SignalType.BUY else " of the BUY that it closes"
    if confidence.regime is None:
        return f"Confidence{whose}: not enough data, SMA({REGIME_PERIOD}) is not defined yet."
    counts = f"{confidence.wins} of {confidence.decided} earlier BUYs {confidence.regime} SMA({REGIME_PERIOD})"
    if confidence.value is None:
        return f"Confidence{whose}: not enough data, {confidence.decided} of the {ENOUGH} decided BUYs it takes."
    return (
        f"Confidence{whose} {confidence.value:f} %: {counts} reached their target before their stop in time. "
        "Hypothetical results from past candles, before fees; they promise nothing."
    )


def _short(value: Decimal) -> str:
    return plain(Decimal(f"{value:.{SIGNIFICANT}g}"))
