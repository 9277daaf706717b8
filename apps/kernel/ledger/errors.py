"""What the ledger refuses, in sentences."""

from apps.kernel.errors import Conflict, Refused


class LedgerConflict(Conflict):
    """The key {key!r} was posted before with another body; a correction needs a key of its own."""


class UnbalancedPosting(Refused):
    """The posting {key!r} sums to {total} {currency} instead of zero."""


class InsufficientFunds(Refused):
    """An account would fall below zero available; nothing was posted."""


class OutsideTransaction(Refused):
    """Money moves inside transaction.atomic(using={using!r}) only, together with what it pays for."""


class NothingToReverse(Refused):
    """There is no transaction {key!r} to reverse."""
