"""Requests inside a test's transactions: they leave no trace, or at least do not spoil it for the next one."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction
from psycopg2.extensions import TRANSACTION_STATUS_INERROR


@contextmanager
def undone(databases: Sequence[str]) -> Iterator[None]:
    """Undo everything that is done inside the block."""
    with ExitStack() as stack:
        for using in databases:
            stack.enter_context(transaction.atomic(using=using))
        yield
        for using in databases:
            transaction.set_rollback(rollback=True, using=using)


@contextmanager
def mended(databases: Sequence[str]) -> Iterator[None]:
    """Keep what is done inside, but for a statement that failed: outside of a test it would have stood alone."""
    points = {using: transaction.savepoint(using=using) for using in databases}
    yield
    for using, point in points.items():
        failed = connections[using].connection.info.transaction_status == TRANSACTION_STATUS_INERROR
        (transaction.savepoint_rollback if failed else transaction.savepoint_commit)(point, using=using)
