"""State how people stand once more, for contexts that were not there when it was stated, or have lost it."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from apps.kernel.outbox.recorder import record_batches
from apps.users.apps import DATABASE
from apps.users.models import Standing
from apps.users.services.standing import stated_as

PEOPLE_PER_PAGE = 5_000


def restate_standings(*, after: UUID | None = None) -> Iterator[tuple[int, UUID]]:
    """State everybody's standing in its present version, page by page in the order of their ids.

    Each page is committed before it is yielded, as how many people were stated and who was the last; `after` goes on
    behind somebody. Whoever knows a standing already learns nothing from it: the version is the same.
    """
    known = Standing.objects.filter(user__erased_at=None).order_by("pk")
    while True:
        with transaction.atomic(using=DATABASE):
            page = list((known.filter(pk__gt=after) if after else known)[:PEOPLE_PER_PAGE])
            record_batches([stated_as(standing, standing.version) for standing in page], using=DATABASE)
        if not page:
            return
        after = page[-1].pk
        yield len(page), page[-1].pk
