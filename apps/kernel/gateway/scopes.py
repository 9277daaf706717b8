"""What a program's key may be allowed to do: a closed list, each with a sentence for whoever makes a key."""

from enum import StrEnum


class Scope(StrEnum):
    """One permission of a key. Credentials, security, payouts and keys themselves have none: they take a person."""

    SIGNALS_READ = "signals:read"
    TRADING_READ = "trading:read"
    TRADING_WRITE = "trading:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    ACCOUNT_READ = "account:read"

    @property
    def sentence(self) -> str:
        """What a key of this scope may do."""
        return _SENTENCES[self]


_SENTENCES = {
    Scope.SIGNALS_READ: "Read signals, strategies, instruments and candles.",
    Scope.TRADING_READ: "Read accounts, follows, orders, fills, positions and decisions.",
    Scope.TRADING_WRITE: "Follow strategies, change follows, cancel orders and set kill switches of accounts.",
    Scope.NOTIFICATIONS_READ: "Read notifications and listen to the live stream.",
    Scope.NOTIFICATIONS_WRITE: "Mark notifications read.",
    Scope.ACCOUNT_READ: "Read the profile and the standing of its owner.",
}
