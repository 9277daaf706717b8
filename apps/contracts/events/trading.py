"""Facts that the trading context states: who follows, what was traded, and when a signal had reached everyone."""

from typing import Literal
from uuid import UUID

from apps.kernel.events.base import Event, Exact, Moment


class TradeExecuted(Event, type="trade.executed", version=1, owner="trading"):
    """An order was filled. Amounts are in `currency`; `realized_pl` is null for a fill that opens a position."""

    fill_id: UUID
    order_id: UUID
    account_id: int
    follow_id: int
    user_id: UUID
    signal_id: UUID
    strategy: str
    symbol: str
    side: Literal["buy", "sell"]
    qty: Exact
    price: Exact
    notional: Exact
    fee: Exact
    realized_pl: Exact | None
    currency: str
    executed_at: Moment
    simulated: bool

    def subject(self) -> str:
        return f"fill/{self.fill_id}"


class TradeCancelled(Event, type="trade.cancelled", version=1, owner="trading"):
    """An order that was still open was cancelled, for the stated reason."""

    order_id: UUID
    account_id: int
    follow_id: int
    user_id: UUID
    signal_id: UUID
    strategy: str
    symbol: str
    side: Literal["buy", "sell"]
    reason: Literal["SIGNAL_EXPIRED", "TRADING_HALTED", "USER_REQUEST"]
    cancelled_at: Moment

    def subject(self) -> str:
        return f"order/{self.order_id}"


class FollowStarted(Event, type="follow.started", version=1, owner="trading"):
    """An account follows a strategy from its next signal on."""

    follow_id: int
    account_id: int
    user_id: UUID
    strategy_id: int
    strategy: str

    def subject(self) -> str:
        return f"follow/{self.follow_id}"


class FollowEnded(Event, type="follow.ended", version=1, owner="trading"):
    """An account has stopped following a strategy, for good."""

    follow_id: int
    account_id: int
    user_id: UUID
    strategy_id: int
    strategy: str

    def subject(self) -> str:
        return f"follow/{self.follow_id}"


class ExecutionCompleted(Event, type="execution.completed", version=1, owner="trading"):
    """Every follower of a signal has a decision. `decisions` counts them by reason code."""

    execution_id: int
    signal_id: UUID
    strategy_id: int
    strategy: str
    symbol: str
    timeframe: str
    type: Literal["BUY", "SELL"]
    price: Exact
    bar_time: Moment
    sequence: int
    followers: int
    decisions: dict[str, int]

    def subject(self) -> str:
        return f"signal/{self.signal_id}"
