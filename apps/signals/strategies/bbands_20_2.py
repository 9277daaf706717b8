"""Buy when the close falls below the lower Bollinger band, sell when it rises above the upper one."""

import talib

from apps.signals.strategies.crosses import crossed_above, crossed_below
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    period, width = int(parameters["period"]), float(parameters["deviations"])
    upper, _, lower = talib.BBANDS(bars.close, period, width, width, talib.MA_Type.SMA)  # type: ignore[attr-defined] # its stubs forget it
    return Advice(
        buy=crossed_below(bars.close, lower),
        sell=crossed_above(bars.close, upper),
        readings={f"lower band({period},{width:g})": lower, f"upper band({period},{width:g})": upper},
    )


RULE = Rule(
    code="bbands_20_2",
    name="Bollinger bands 20/2",
    description="Bets on a return to the mean: buys below the lower band, sells above the upper one.",
    buys_when="the close crossed below the lower band",
    sells_when="the close crossed above the upper band",
    decide=decide,
    parameters={"period": 20, "deviations": 2},
)
