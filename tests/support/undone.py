"""What happens inside leaves no trace in any of the databases."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from django.db import transaction


@contextmanager
def undone(databases: Sequence[str]) -> Iterator[None]:
    """Undo everything that is done inside the block."""
    with ExitStack() as stack:
        for using in databases:
            stack.enter_context(transaction.atomic(using=using))
        yield
        for using in databases:
            transaction.set_rollback(rollback=True, using=using)
