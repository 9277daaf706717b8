"""The table of strategies: a new one is a file beside this one and a line in `RULES`."""

from apps.signals.errors import UnknownStrategy
from apps.signals.strategies import (
    bbands_20_2,
    donchian_20_10,
    macd_12_26_9,
    rsi14_enter_zone,
    rsi14_leave_zone,
    sma_cross_20_50,
)
from apps.signals.strategies.rule import Rule

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        sma_cross_20_50.RULE,
        rsi14_enter_zone.RULE,
        rsi14_leave_zone.RULE,
        macd_12_26_9.RULE,
        bbands_20_2.RULE,
        donchian_20_10.RULE,
    )
}


def rule_of(code: str) -> Rule:
    """Return the rule with this code. Raises UnknownStrategy, naming those there are."""
    if code not in RULES:
        raise UnknownStrategy(strategy=code, known=", ".join(sorted(RULES)))
    return RULES[code]
