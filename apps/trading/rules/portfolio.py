"""A portfolio through time: fills and closes in, one value for each day out. Exact decimals throughout."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PortfolioFill:
    """A fill as the portfolio needs it."""

    follow_id: int
    symbol: str
    side: str
    qty: Decimal
    notional: Decimal
    fee: Decimal
    slippage: Decimal
    realized_pl: Decimal | None
    executed_at: datetime


@dataclass(frozen=True, slots=True)
class PortfolioDay:
    """What an account was worth at the last close of a day."""

    day: date
    equity: Decimal
    cash: Decimal
    positions: Decimal


@dataclass(slots=True)
class _Book:
    cash: Decimal
    held: dict[str, Decimal] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)

    def take(self, fill: PortfolioFill) -> None:
        sign = 1 if fill.side == "buy" else -1
        self.held[fill.symbol] = self.held.get(fill.symbol, ZERO) + sign * fill.qty
        self.cash -= sign * fill.notional + fill.fee

    def worth(self) -> Decimal:
        return sum((qty * self.marks.get(symbol, ZERO) for symbol, qty in self.held.items()), ZERO)


def mark_to_market(
    fills: Sequence[PortfolioFill], *, closes: Mapping[date, Mapping[str, Decimal]], starting_cash: Decimal
) -> list[PortfolioDay]:
    """Return the account's worth on each day of `closes`, by the last close known on that day.

    A fill counts on the day of its market time; when no bar of that day has closed yet, the day is marked by the closes
    before it. Fills come in the order of their market time.
    """
    book, days, upcoming = _Book(starting_cash), [], list(reversed(fills))
    for day in sorted({*closes, *(fill.executed_at.date() for fill in fills)}):
        while upcoming and upcoming[-1].executed_at.date() <= day:
            book.take(upcoming.pop())
        book.marks.update(closes.get(day, {}))
        positions = book.worth()
        days.append(PortfolioDay(day, book.cash + positions, book.cash, positions))
    return days


def round_trip_results(fills: Iterable[PortfolioFill]) -> list[Decimal]:
    """Return what each closed position earned after the fees and slippage of its entry and its exit."""
    costs: dict[tuple[int, str], Decimal] = {}
    results = []
    for fill in fills:
        key = (fill.follow_id, fill.symbol)
        costs[key] = costs.get(key, ZERO) + fill.fee + fill.slippage
        if fill.realized_pl is not None:
            results.append(fill.realized_pl - costs.pop(key))
    return results
