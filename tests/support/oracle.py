"""Trading once more, independently: a plain loop over followers in exact decimals. It shares no code with apps/trading.

The rules are those of docs/trading.md. The caller plays the market: `take` for each signal in order, with the open
after its bar (None while it is unknown), and `open_next` when an unknown open becomes known.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, setcontext

_EXACT = Context(prec=80)
ZERO = Decimal(0)
CENT8 = Decimal("0.00000001")


@dataclass
class OracleAccount:
    """An account and its limits; None means no limit."""

    cash: Decimal
    fee_bps: Decimal = Decimal(10)
    slippage_bps: Decimal = ZERO
    max_open_positions: int | None = None
    daily_loss_limit_pct: Decimal | None = None
    kill_switch: str = "ACTIVE"
    entitled: bool = True
    held: Decimal = ZERO


@dataclass
class OracleFollow:
    """A follow and its terms."""

    account: OracleAccount
    strategy: int
    sizing: str = "all_in"
    sizing_value: Decimal | None = None
    max_notional_per_order: Decimal | None = None
    max_price_deviation_bps: Decimal | None = None
    max_signal_age_bars: int | None = None
    active: bool = True
    positions: dict[str, "OraclePosition"] = field(default_factory=dict)
    orders: list["OracleOrder"] = field(default_factory=list)


@dataclass
class OraclePosition:
    """What a follow holds of a symbol."""

    qty: Decimal = ZERO
    cost: Decimal = ZERO
    day: date | None = None
    day_result: Decimal = ZERO


@dataclass(frozen=True)
class OracleSignal:
    """A signal, numbered by the test."""

    number: int
    strategy: int
    symbol: str
    side: str
    price: Decimal
    stop: Decimal | None
    expires_after_bars: int = 4


@dataclass
class OracleOrder:
    """An order that waits for the next open."""

    signal: OracleSignal
    qty: Decimal | None
    budget: Decimal | None
    held: Decimal


@dataclass(frozen=True)
class OracleFill:
    """A fill."""

    signal: int
    follow: int
    side: str
    qty: Decimal
    price: Decimal
    fee: Decimal


class Oracle:
    """Accounts and follows, and what has become of them."""

    def __init__(
        self,
        follows: list[OracleFollow],
        *,
        lot: Decimal = CENT8,
        tick: Decimal = CENT8,
        min_notional: Decimal = ZERO,
        exit_age_factor: int = 12,
    ) -> None:
        self.follows = follows
        self.lot, self.tick, self.min_notional, self.exit_age_factor = lot, tick, min_notional, exit_age_factor
        self.closes: dict[str, Decimal] = {}
        self.strategy_switch: dict[int, str] = {}
        self.platform_switch = "ACTIVE"
        self.decisions: dict[tuple[int, int], str] = {}
        self.fills: list[OracleFill] = []

    def take(self, signal: OracleSignal, *, opening: Decimal | None, day: date, age_bars: int = 0) -> None:
        """Let every follower of the strategy take the signal."""
        setcontext(_EXACT)
        for index, follow in enumerate(self.follows):
            if follow.strategy != signal.strategy or (signal.side == "buy" and not follow.active):
                continue
            code = self._refusal(follow, signal, opening, day, age_bars) or self._act(
                index, follow, signal, opening, day
            )
            self.decisions[signal.number, index] = code

    def open_next(self, symbol: str, *, opening: Decimal, day: date) -> None:
        """Fill what waits on a symbol, at the open that has become known."""
        setcontext(_EXACT)
        for index, follow in enumerate(self.follows):
            for order in [waiting for waiting in follow.orders if waiting.signal.symbol == symbol]:
                follow.orders.remove(order)
                follow.account.held -= order.held
                price = self._price(follow.account, order.signal.side, opening)
                if order.signal.side == "sell":
                    qty = min(order.qty or ZERO, self._position(follow, symbol).qty)
                else:
                    wanted = order.qty if order.qty is not None else self._lots(order.budget or ZERO, price)
                    free = max(follow.account.cash - follow.account.held - Decimal("2e-8"), ZERO)
                    qty = min(wanted, self._lots(free, price * (1 + self._fee_rate(follow.account))))
                self._fill(index, follow, order.signal, qty, price, opening, day)

    def cancel(self, signal: int) -> None:
        """Cancel what waits on a signal."""
        for follow in self.follows:
            for order in [waiting for waiting in follow.orders if waiting.signal.number == signal]:
                follow.orders.remove(order)
                follow.account.held -= order.held

    def counts(self) -> dict[str, int]:
        """Count the decisions by code."""
        counted: dict[str, int] = {}
        for code in self.decisions.values():
            counted[code] = counted.get(code, 0) + 1
        return counted

    def _refusal(
        self, follow: OracleFollow, signal: OracleSignal, opening: Decimal | None, day: date, age: int
    ) -> str | None:
        account, buys = follow.account, signal.side == "buy"
        limit = signal.expires_after_bars * (1 if buys else self.exit_age_factor)
        if age >= limit or (buys and follow.max_signal_age_bars is not None and age > follow.max_signal_age_bars):
            return "SIGNAL_EXPIRED"
        switches = {self.platform_switch, self.strategy_switch.get(signal.strategy, "ACTIVE"), account.kill_switch}
        if "HALTED" in switches or (buys and "REDUCING" in switches):
            return "TRADING_HALTED"
        position = self._position(follow, signal.symbol)
        waits = any(order.signal.symbol == signal.symbol for order in follow.orders)
        if not buys:
            return "NO_POSITION" if position.qty == 0 else "DUPLICATE_INTENT" if waits else None
        if not account.entitled:
            return "ENTITLEMENT_MISSING"
        if position.qty > 0:
            return "ALREADY_IN_POSITION"
        if waits:
            return "DUPLICATE_INTENT"
        reference = opening if opening is not None else self.closes[signal.symbol]
        deviation = follow.max_price_deviation_bps
        if deviation is not None and abs(reference - signal.price) * 10_000 > deviation * signal.price:
            return "PRICE_DEVIATION_EXCEEDED"
        return self._limit_reached(account, day)

    def _limit_reached(self, account: OracleAccount, day: date) -> str | None:
        mine = [follow for follow in self.follows if follow.account is account]
        positions = [position for follow in mine for position in follow.positions.values()]
        count = sum(position.qty > 0 for position in positions)
        count += sum(order.signal.side == "buy" for follow in mine for order in follow.orders)
        if account.max_open_positions is not None and count >= account.max_open_positions:
            return "MAX_OPEN_POSITIONS"
        if account.daily_loss_limit_pct is not None:
            result = sum((position.day_result for position in positions if position.day == day), ZERO)
            began = account.cash + sum((position.cost for position in positions), ZERO) - result
            if result < 0 and -result * 100 >= account.daily_loss_limit_pct * began:
                return "DAILY_LOSS_LIMIT"
        return None

    def _act(self, index: int, follow: OracleFollow, signal: OracleSignal, opening: Decimal | None, day: date) -> str:
        account = follow.account
        reference = opening if opening is not None else self.closes[signal.symbol]
        price = self._price(account, signal.side, reference)
        if signal.side == "sell":
            qty = self._position(follow, signal.symbol).qty
            if opening is None:
                follow.orders.append(OracleOrder(signal, qty, None, ZERO))
            else:
                self._fill(index, follow, signal, qty, price, opening, day)
            return "executed"
        available = account.cash - account.held
        qty, budget = self._size(follow, signal, price, available)
        notional = self._book(qty * price)
        if qty <= 0 or notional < self.min_notional:
            return "BELOW_MIN_NOTIONAL"
        if follow.max_notional_per_order is not None and notional > follow.max_notional_per_order:
            return "NOTIONAL_EXCEEDS_MAX_PER_ORDER"
        needed = notional + self._book(notional * self._fee_rate(account))
        if opening is None and follow.sizing == "all_in":
            needed = available
        elif opening is None and budget is not None:
            needed = self._book(budget * (1 + self._fee_rate(account))) + CENT8
        if needed > available:
            return "INSUFFICIENT_BUYING_POWER"
        if opening is None:
            account.held += needed
            follow.orders.append(OracleOrder(signal, qty if budget is None else None, budget, needed))
        else:
            self._fill(index, follow, signal, qty, price, opening, day)
        return "executed"

    def _size(
        self, follow: OracleFollow, signal: OracleSignal, price: Decimal, available: Decimal
    ) -> tuple[Decimal, Decimal | None]:
        value = follow.sizing_value or ZERO
        places = Decimal("1e-12")
        if follow.sizing == "risk_to_stop":
            if signal.stop is None or signal.stop >= signal.price:
                return ZERO, None
            return self._lots(self._equity(follow.account, signal) * value / 100, signal.price - signal.stop), None
        if follow.sizing == "fixed_notional":
            budget = value
        elif follow.sizing == "percent_of_equity":
            budget = self._equity(follow.account, signal) * value / 100
        else:
            budget = max(available - Decimal("2e-8"), ZERO) / (1 + self._fee_rate(follow.account))
        budget = budget.quantize(places, rounding=ROUND_DOWN)
        return self._lots(budget, price), budget

    def _equity(self, account: OracleAccount, signal: OracleSignal) -> Decimal:
        worth = account.cash
        for follow in self.follows:
            if follow.account is account:
                for symbol, position in follow.positions.items():
                    worth += position.qty * (signal.price if symbol == signal.symbol else self.closes[symbol])
        return worth

    def _fill(
        self,
        index: int,
        follow: OracleFollow,
        signal: OracleSignal,
        qty: Decimal,
        price: Decimal,
        opening: Decimal,
        day: date,
    ) -> None:
        if qty <= 0:
            return
        account, position = follow.account, self._position(follow, signal.symbol)
        notional, cost = self._book(qty * price), self._book(qty * opening)
        fee = self._book(notional * self._fee_rate(account))
        slippage = notional - cost if signal.side == "buy" else cost - notional
        earned = ZERO
        if signal.side == "buy":
            account.cash -= notional + fee
            position.qty += qty
            position.cost += cost
        else:
            account.cash += notional - fee
            earned = cost - position.cost
            position.qty = position.cost = ZERO
        if position.day != day:
            position.day, position.day_result = day, ZERO
        position.day_result += earned - fee - slippage
        self.fills.append(OracleFill(signal.number, index, signal.side, qty, price, fee))

    def _position(self, follow: OracleFollow, symbol: str) -> OraclePosition:
        return follow.positions.setdefault(symbol, OraclePosition())

    def _price(self, account: OracleAccount, side: str, reference: Decimal) -> Decimal:
        slip = account.slippage_bps / 10_000
        if not slip:
            return reference
        if side == "buy":
            return (reference * (1 + slip) / self.tick).to_integral_value(ROUND_CEILING) * self.tick
        return max((reference * (1 - slip) / self.tick).to_integral_value(ROUND_FLOOR), Decimal(1)) * self.tick

    def _lots(self, amount: Decimal, unit: Decimal) -> Decimal:
        return amount // (unit * self.lot) * self.lot

    @staticmethod
    def _fee_rate(account: OracleAccount) -> Decimal:
        return account.fee_bps / 10_000

    @staticmethod
    def _book(amount: Decimal) -> Decimal:
        return amount.quantize(CENT8, rounding=ROUND_HALF_UP)
