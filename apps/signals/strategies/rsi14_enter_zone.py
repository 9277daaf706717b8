"""Buy when RSI falls into the oversold zone, sell when it rises into the overbought one."""

import talib

from apps.signals.strategies.crosses import crossed_above, crossed_below
from apps.signals.strategies.rule import Advice, Bars, Parameters, Rule


def decide(bars: Bars, parameters: Parameters) -> Advice:
    period = int(parameters["period"])
    rsi = talib.RSI(bars.close, period)
    return Advice(
        buy=crossed_below(rsi, parameters["oversold"]),
        sell=crossed_above(rsi, parameters["overbought"]),
        readings={f"RSI({period})": rsi},
    )


RULE = Rule(
    code="rsi14_enter_zone",
    name="RSI 14, entering the zone",
    description="Bets on a return: buys as RSI falls into the oversold zone, sells as it rises into the overbought.",
    buys_when="RSI crossed below the oversold level",
    sells_when="RSI crossed above the overbought level",
    decide=decide,
    parameters={"period": 14, "oversold": 30, "overbought": 70},
)
