"""What trading refuses, in sentences."""

from apps.kernel.errors import Conflict, Forbidden, NotFound, Refused


class UnknownAccount(NotFound):
    """There is no trading account {account_id}."""


class UnknownCredential(NotFound):
    """There is no such venue credential any more."""


class CredentialExists(Conflict):
    """You have a credential “{label}” at {venue} already; choose another label, or replace the secrets of that one."""


class PassphraseMissing(Refused):
    """Keys of {venue} come with a passphrase; send it too."""


class PassphraseNotWanted(Refused):
    """Keys of {venue} have no passphrase; leave it out."""


class UnknownFollow(NotFound):
    """There is no follow {follow_id}."""


class UnknownStrategy(NotFound):
    """There is no strategy {strategy_id} that can be followed."""


class AlreadyFollowing(Conflict):
    """Account {account_id} follows strategy {strategy_id} already; change that follow instead."""


class FollowEnded(Conflict):
    """Follow {follow_id} has ended; follow the strategy anew."""


class PositionStillOpen(Conflict):
    """Follow {follow_id} still holds a position or an open order; pause it, and end it when the exit has filled."""


class InvalidSizing(Refused):
    """{reason}"""


class InvalidDeposit(Refused):
    """A deposit of {amount} {currency} is not possible; give an amount above zero with at most 8 decimals."""


class SwitchNeedsTarget(Refused):
    """The switch of a {level} needs to know which {level} is meant."""


class OrderClosed(Conflict):
    """Order {order_id} is {status} and cannot be cancelled any more."""


class UnknownOrder(NotFound):
    """There is no order {order_id}."""


class TooManyFollows(Forbidden):
    """Your plan lets you follow {limit} at once; end an older follow first, or choose a plan that brings more."""


class TooManyAccounts(Conflict):
    """You have {limit} paper accounts already; more are not opened."""


class AccountNameTaken(Conflict):
    """You have an account named {name} already; choose another name."""
