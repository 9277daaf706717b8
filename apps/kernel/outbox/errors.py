"""Ways to misuse the outbox."""

from apps.kernel.errors import TreumError


class OutsideTransaction(TreumError):
    """Nothing can be recorded in database {using!r} outside a transaction; wrap the change and the recording in one
    `transaction.atomic(using={using!r})`."""


class MixedBatch(TreumError):
    """A batch carries events of one type, and this one has {types}; record them apart."""
