"""The words of trading, as they stand in the database and on the wire."""

from django.db import models


class KillSwitch(models.TextChoices):
    """How much trading is allowed: everything, exits only, nothing. Cancels always pass."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class Sizing(models.TextChoices):
    """How the size of an entry is found."""

    FIXED_NOTIONAL = "fixed_notional"
    PERCENT_OF_EQUITY = "percent_of_equity"
    ALL_IN = "all_in"
    RISK_TO_STOP = "risk_to_stop"


class FollowState(models.TextChoices):
    """Active takes entries and exits, paused exits only, ended nothing more."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Side(models.TextChoices):
    """The two sides of a trade."""

    BUY = "buy"
    SELL = "sell"


class ExecutionStatus(models.TextChoices):
    """Noted: known, its turn has not come. Open: members are fixed. Completed: every member has a decision."""

    NOTED = "noted"
    OPEN = "open"
    COMPLETED = "completed"


class DecisionCode(models.TextChoices):
    """Why a follower's account traded or did not, in the order in which the reasons are looked for."""

    EXECUTED = "executed"
    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    TRADING_HALTED = "TRADING_HALTED"
    ENTITLEMENT_MISSING = "ENTITLEMENT_MISSING"
    STALE_MARKET_DATA = "STALE_MARKET_DATA"
    ALREADY_IN_POSITION = "ALREADY_IN_POSITION"
    NO_POSITION = "NO_POSITION"
    DUPLICATE_INTENT = "DUPLICATE_INTENT"
    PRICE_DEVIATION_EXCEEDED = "PRICE_DEVIATION_EXCEEDED"
    MAX_OPEN_POSITIONS = "MAX_OPEN_POSITIONS"
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    BELOW_MIN_NOTIONAL = "BELOW_MIN_NOTIONAL"
    NOTIONAL_EXCEEDS_MAX_PER_ORDER = "NOTIONAL_EXCEEDS_MAX_PER_ORDER"
    INSUFFICIENT_BUYING_POWER = "INSUFFICIENT_BUYING_POWER"


class OrderStatus(models.TextChoices):
    """The life of an order, in Alpaca's words and three of ours (held, denied, unresolved)."""

    PENDING_NEW = "pending_new"
    ACCEPTED = "accepted"
    NEW = "new"
    HELD = "held"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    CANCELED = "canceled"
    REPLACED = "replaced"
    EXPIRED = "expired"
    REJECTED = "rejected"
    DENIED = "denied"
    UNRESOLVED = "unresolved"


class CancelReason(models.TextChoices):
    """Why an open order was cancelled."""

    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    TRADING_HALTED = "TRADING_HALTED"
    USER_REQUEST = "USER_REQUEST"
