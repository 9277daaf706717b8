"""The sentence that tells a person why a signal was executed for them, or why not."""

from collections.abc import Mapping

from apps.trading.enums import DecisionCode

_SENTENCES: Mapping[str, str] = {
    DecisionCode.EXECUTED: "An order was placed for this signal.",
    DecisionCode.SIGNAL_EXPIRED: "The signal came too late to act on: {age_bars} bars had closed since its own.",
    DecisionCode.TRADING_HALTED: "A kill switch, yours, the strategy's or the platform's, did not allow this trade.",
    DecisionCode.ENTITLEMENT_MISSING: (
        "Your plan did not include this at that moment: automatic execution, as many follows, or sizing by the stop."
    ),
    DecisionCode.STALE_MARKET_DATA: "The newest price was older than two bars, and nothing is bought on old prices.",
    DecisionCode.ALREADY_IN_POSITION: "This follow held a position in the symbol already.",
    DecisionCode.NO_POSITION: "This follow held nothing of the symbol that could be sold.",
    DecisionCode.DUPLICATE_INTENT: "An earlier order of this follow in the symbol was still open.",
    DecisionCode.PRICE_DEVIATION_EXCEEDED: (
        "The price had moved from {signal_price} to {price}, by more than your limit of {limit_bps} basis points."
    ),
    DecisionCode.MAX_OPEN_POSITIONS: "The account was at its limit of {limit} open positions.",
    DecisionCode.DAILY_LOSS_LIMIT: "The account had reached its limit of {limit_pct} % loss for the day.",
    DecisionCode.BELOW_MIN_NOTIONAL: (
        "The order came to {notional}: nothing after rounding down to the lot, or below the minimum of {limit}."
    ),
    DecisionCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER: "The order came to {notional}, above your limit of {limit} per order.",
    DecisionCode.INSUFFICIENT_BUYING_POWER: "The order needed {needed}, and {available} was available.",
}


def reason(code: str, *, detail: Mapping[str, object] | None) -> str:
    """Return the sentence of a decision; `detail` holds its numbers."""
    return _SENTENCES[code].format_map(detail or {})
