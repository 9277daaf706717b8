"""What signals refuses, each as a sentence that says what to do."""

from apps.kernel.errors import Conflict, NotFound, Refused, Unavailable


class CandleFileRefused(Refused):
    """{file}, line {line}: {reason}. Nothing of the file was stored."""


class UnknownTimeframe(Refused):
    """Timeframe {timeframe!r} is not known; use one of {known}."""


class UnknownStrategy(NotFound):
    """There is no strategy {strategy!r}; use one of {known}."""


class StrategyNotSeeded(NotFound):
    """There is no strategy row {strategy_id}; seed the strategies first."""


class UnknownSymbol(NotFound):
    """There are no candles of {symbol} on {timeframe}; load some first."""


class NoStrategies(Refused):
    """A replay needs at least one strategy."""


class NoPace(Refused):
    """A timed replay needs bars_per_second above zero, and {bars_per_second} is not."""


class BarNotReleased(Refused):
    """The bar of {symbol} {timeframe} at {bar_time} has not closed on the market clock; ask again when it has."""


class BarAlreadyPassed(Conflict):
    """{strategy} has spoken on {symbol} at {latest}, after {bar_time}; the record is not filled in backwards."""


class SignalNotFound(NotFound):
    """There is no signal {signal_id}."""


class SignalNotOpen(Conflict):
    """Signal {signal_id} is {status} and can no longer be changed; only an active BUY can be revised."""


class PriceOffTick(Refused):
    """A {name} of {price} is not a positive multiple of {symbol}'s tick {tick}; round it first."""


class LevelsCrossed(Refused):
    """The stop {stop} and target {target} must lie below and above the price {price}."""


class MarketDataUnavailable(Unavailable):
    """The market data of {symbol} {timeframe} could not be read from {source}: {reason}."""


class UnknownMarketData(Refused):
    """TREUM_SIGNALS_MARKET_DATA is {name!r}; it is "replay" or "ccxt"."""


class UnusableMarketData(Refused):
    """{source} gave a bar of {symbol} {timeframe} at {bar_time} that cannot be used: {reason}."""
