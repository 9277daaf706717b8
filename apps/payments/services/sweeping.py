"""Take what is due one customer at a time: a short transaction each, and nobody waits for another's trouble."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Model, QuerySet

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.models import Customer

log = structlog.get_logger(__name__)

PAGE = 500
RUN = 2_000
"""So many rows are done by one task, far within its time; the next task does the rest."""
NOBODY = UUID(int=0)
Row = TypeVar("Row", bound=Model)
Deed = Callable[[Customer, UUID], None]


def one_by_one(due: QuerySet[Row], deed: Deed, *, go_on_with: str) -> int:
    """Do a deed for each row that is due, with its customer locked, and return how many were done.

    A customer who is locked by someone else is left to the next time; the deed has to look again whether it is still
    due. One that fails is logged, and keeps nobody else waiting. The task `go_on_with` is asked to do what is left.
    """
    rows = list(islice(_pages(due), RUN))
    done = sum(_is_done(deed, row_id, customer_id) for row_id, customer_id in rows)
    if done and len(rows) == RUN:
        with transaction.atomic(using=DATABASE):
            request(go_on_with, using=DATABASE)
    return done


def _is_done(deed: Deed, row_id: UUID, customer_id: UUID) -> bool:
    try:
        with transaction.atomic(using=DATABASE):
            free = Customer.objects.select_for_update(skip_locked=True, of=("self",)).select_related("default_method")
            customer = free.filter(pk=customer_id).first()
            if customer is not None:
                deed(customer, row_id)
            return customer is not None
    except Exception:
        # A bug or bad data in one customer's rows must not keep everybody else from being billed.
        log.exception("billing.row_failed", row_id=str(row_id), customer_id=str(customer_id))
        return False


def _pages(due: QuerySet[Row]) -> Iterator[tuple[UUID, UUID]]:
    """Yield the ids of the rows and of their customers."""
    last = NOBODY
    while page := list(due.filter(pk__gt=last).order_by("pk").values_list("pk", "customer_id")[:PAGE]):
        yield from page
        last = page[-1][0]
