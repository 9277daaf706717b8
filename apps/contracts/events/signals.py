"""Facts that the signals context states: about its signals and about the market it watches."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from apps.kernel.events.base import Event, Exact, Moment


class Evidence(BaseModel):
    """One measured value behind a signal: which indicator, what it read, at the bar that opened at `time`."""

    model_config = ConfigDict(frozen=True)

    indicator: str
    value: Exact
    time: Moment


class SignalGenerated(Event, type="signal.generated", version=1, owner="signals"):
    """A strategy gave advice at the close of a bar. Prices are in the quote currency, confidence in percent."""

    id: UUID
    strategy_id: int
    strategy: str
    strategy_version: int
    symbol: str
    timeframe: str
    type: Literal["BUY", "SELL"]
    price: Exact
    target: Exact | None
    stop: Exact | None
    confidence: Exact | None
    analysis: str
    evidence: tuple[Evidence, ...]
    bar_time: Moment
    generated_at: Moment
    data_as_of: Moment
    expiry: Moment
    expires_after_bars: int
    sequence: int
    revision: int = 0

    def subject(self) -> str:
        return f"signal/{self.id}"

    def partition_key(self) -> str:
        return f"{self.strategy}/{self.symbol}"

    def sequence_number(self) -> int:
        return self.sequence


class SignalUpdated(Event, type="signal.updated", version=1, owner="signals"):
    """A corrected target or stop was published as a new revision that supersedes an earlier one."""

    id: UUID
    supersedes: UUID
    strategy: str
    symbol: str
    sequence: int
    revision: int
    target: Exact | None
    stop: Exact | None
    expiry: Moment
    reason: str

    def subject(self) -> str:
        return f"signal/{self.id}"

    def partition_key(self) -> str:
        return f"{self.strategy}/{self.symbol}"

    def sequence_number(self) -> int:
        return self.sequence


class SignalExpired(Event, type="signal.expired", version=1, owner="signals"):
    """A signal reached its expiry on the market clock; nothing new may be done on it."""

    id: UUID
    strategy: str
    symbol: str
    sequence: int
    expired_at: Moment

    def subject(self) -> str:
        return f"signal/{self.id}"

    def partition_key(self) -> str:
        return f"{self.strategy}/{self.symbol}"

    def sequence_number(self) -> int:
        return self.sequence


class StrategyChanged(Event, type="strategy.changed", version=1, owner="signals"):
    """A strategy came into being, was described anew, or was switched on or off."""

    strategy_id: int
    strategy: str
    strategy_version: int
    timeframe: str
    name: str
    enabled: bool

    def subject(self) -> str:
        return f"strategy/{self.strategy_id}"


class StrategyScored(Event, type="strategy.scored", version=1, owner="signals"):
    """What became of some signals of a strategy is known, so that its track record has changed."""

    strategy_id: int
    strategy: str
    strategy_version: int
    decided: int

    def subject(self) -> str:
        return f"strategy/{self.strategy_id}"


class InstrumentChanged(Event, type="instrument.changed", version=1, owner="signals"):
    """An instrument came into being or got another grid. One that is no longer `listed` was removed."""

    symbol: str
    base_currency: str
    quote_currency: str
    tick: Exact
    lot: Exact
    min_notional: Exact
    simulated: bool
    listed: bool

    def subject(self) -> str:
        return f"instrument/{self.symbol}"


class BarClosed(Event, type="market.bar.closed", version=1, owner="signals"):
    """A bar closed. `next_open` is the open of the bar after it, where the market already shows it.

    The instrument's rules travel along, so that a consumer's own copy needs no question: `tick` and `lot` are the
    smallest steps of price and quantity, `min_notional` the smallest order in the quote currency.
    """

    symbol: str
    timeframe: str
    bar_time: Moment
    closed_at: Moment
    open: Exact
    high: Exact
    low: Exact
    close: Exact
    volume: Exact
    next_open: Exact | None
    next_open_at: Moment | None
    quote_currency: str
    tick: Exact
    lot: Exact
    min_notional: Exact
    simulated: bool

    def subject(self) -> str:
        return f"bar/{self.symbol}/{self.timeframe}"
