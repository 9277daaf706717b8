"""The tables of trading, by subject."""

from apps.trading.models.accounts import Account, Entitlement, PlatformSwitch
from apps.trading.models.credentials import VenueCredential
from apps.trading.models.executions import Decision, Execution, Series, SettlementBatch, ShardCursor
from apps.trading.models.follows import Follow, FollowTerms, StrategyRoster
from apps.trading.models.market import MarketBar, Quote
from apps.trading.models.orders import Fill, Order, OrderTransition, Position

__all__ = [
    "Account",
    "Decision",
    "Entitlement",
    "Execution",
    "Fill",
    "Follow",
    "FollowTerms",
    "MarketBar",
    "Order",
    "OrderTransition",
    "PlatformSwitch",
    "Position",
    "Quote",
    "Series",
    "SettlementBatch",
    "ShardCursor",
    "StrategyRoster",
    "VenueCredential",
]
