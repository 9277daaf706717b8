"""Buy when RSI climbs out of the oversold zone, sell when it falls out of the overbought one."""

import talib

from apps.signals.strategies.crosses import crossed_above, crossed_below
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    period = int(parameters["period"])
    rsi = talib.RSI(bars.close, period)
    return Advice(
        buy=crossed_above(rsi, parameters["oversold"]),
        sell=crossed_below(rsi, parameters["overbought"]),
        readings={f"RSI({period})": rsi},
    )


RULE = Rule(
    code="rsi14_leave_zone",
    name="RSI 14, leaving the zone",
    description="Bets on a return under way: buys as RSI climbs out of oversold, sells as it falls out of overbought.",
    buys_when="RSI crossed above the oversold level",
    sells_when="RSI crossed below the overbought level",
    decide=decide,
    parameters={"period": 14, "oversold": 30, "overbought": 70},
)
