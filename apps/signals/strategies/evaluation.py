"""A rule over a whole prefix: signals with conflicts cancelled out, and where target and stop of each bar would lie."""

from dataclasses import dataclass

import numpy as np
import talib

from apps.signals.strategies.rule import Advice, Bars, Flags, Floats, Parameters, Rule


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a rule says on each bar of a prefix; `target` and `stop` are undefined (NaN) where ATR is."""

    buy: Flags
    sell: Flags
    target: Floats
    stop: Floats
    atr: Floats
    advice: Advice

    def until(self, end: int) -> "Evaluation":
        """Return what was said on the first `end` bars."""
        readings = {name: values[:end] for name, values in self.advice.readings.items()}
        return Evaluation(
            buy=self.buy[:end],
            sell=self.sell[:end],
            target=self.target[:end],
            stop=self.stop[:end],
            atr=self.atr[:end],
            advice=Advice(self.advice.buy[:end], self.advice.sell[:end], readings),
        )


def evaluate(rule: Rule, *, bars: Bars, parameters: Parameters) -> Evaluation:
    """Apply a rule to a prefix. The value at a bar depends on that bar and those before it, never on a later one."""
    advice = rule.decide(bars, parameters)
    atr = talib.ATR(bars.high, bars.low, bars.close, int(parameters["atr_period"]))
    return Evaluation(
        buy=advice.buy & ~advice.sell,
        sell=advice.sell & ~advice.buy,
        target=bars.close + parameters["target_atr"] * atr,
        stop=bars.close - parameters["stop_atr"] * atr,
        atr=atr,
        advice=advice,
    )


def signal_bars(rule: Rule, *, bars: Bars, parameters: Parameters) -> Flags:
    """Return the bars on which the rule would speak, without levels: enough to look for the next one."""
    advice = rule.decide(bars, parameters)
    return np.logical_xor(advice.buy, advice.sell)
