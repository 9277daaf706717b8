"""Buy when the fast moving average crosses above the slow one, sell when it crosses below."""

import talib

from apps.signals.strategies.crosses import crossed_above, crossed_below
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    fast_period, slow_period = int(parameters["fast"]), int(parameters["slow"])
    fast, slow = talib.SMA(bars.close, fast_period), talib.SMA(bars.close, slow_period)
    return Advice(
        buy=crossed_above(fast, slow),
        sell=crossed_below(fast, slow),
        readings={f"SMA({fast_period})": fast, f"SMA({slow_period})": slow},
    )


RULE = Rule(
    code="sma_cross_20_50",
    name="Moving average cross 20/50",
    description="Follows the trend: long while the 20-bar average of closes stands above the 50-bar one.",
    buys_when="the fast average crossed above the slow one",
    sells_when="the fast average crossed below the slow one",
    decide=decide,
    parameters={"fast": 20, "slow": 50},
)
