"""Where bars come from. A source gives bars that have closed, and the open of the bar that has begun after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MarketBar:
    """One closed bar, exact."""

    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Opening:
    """The bar that has begun: only its open is known."""

    at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class Tape:
    """Closed bars, oldest first, and the opening of the bar after the last of them where the market shows it."""

    bars: Sequence[MarketBar]
    next: Opening | None


class MarketData(Protocol):
    """A source of bars; `simulated` says whether its clock is a replay's."""

    simulated: bool

    def bars_after(self, symbol: str, *, timeframe: str, after: datetime | None, limit: int) -> Tape:
        """Return at most `limit` closed bars that opened after `after`, the oldest of them first.

        Raises MarketDataUnavailable when the source cannot be read.
        """
