"""Buy above the highest high of the prior bars, sell below the lowest low; a level rule, so it may repeat."""

import talib

from apps.signals.strategies.crosses import prior
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    entry, exit_ = int(parameters["entry"]), int(parameters["exit"])
    top, bottom = prior(talib.MAX(bars.high, entry)), prior(talib.MIN(bars.low, exit_))
    return Advice(
        buy=bars.close > top,
        sell=bars.close < bottom,
        readings={f"highest high({entry})": top, f"lowest low({exit_})": bottom},
    )


RULE = Rule(
    code="donchian_20_10",
    name="Donchian channel 20/10",
    description="Follows breakouts: buys above the high of the 20 bars before, sells below the low of the 10 before.",
    buys_when="the close stood above the highest high of the prior bars",
    sells_when="the close stood below the lowest low of the prior bars",
    decide=decide,
    parameters={"entry": 20, "exit": 10},
)
