"""Buy when the MACD line crosses above its signal line, sell when it crosses below."""

import talib

from apps.signals.strategies.crosses import crossed_above, crossed_below
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    fast, slow, smoothing = (int(parameters[name]) for name in ("fast", "slow", "signal"))
    line, signal, _ = talib.MACD(bars.close, fast, slow, smoothing)
    return Advice(
        buy=crossed_above(line, signal),
        sell=crossed_below(line, signal),
        readings={f"MACD({fast},{slow})": line, f"MACD signal({smoothing})": signal},
    )


RULE = Rule(
    code="macd_12_26_9",
    name="MACD 12/26/9",
    description="Follows momentum: long while the MACD line stands above its 9-bar signal line.",
    buys_when="the MACD line crossed above its signal line",
    sells_when="the MACD line crossed below its signal line",
    decide=decide,
    parameters={"fast": 12, "slow": 26, "signal": 9},
)
