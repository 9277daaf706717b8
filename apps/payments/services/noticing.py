"""Take in webhooks as the hints that they are: keep each once, and ask the provider for its object later.

So it does not matter in which order they come, how late, or how often.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import connections, transaction
from django.db.models import Max, Q

from apps.kernel.clock import now
from apps.kernel.errors import Conflict, Refused
from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import NoticeStatus
from apps.payments.errors import NoticeUnreadable
from apps.payments.models import ProviderNotice
from apps.payments.ports import Notice, ObjectKind, PaymentProvider
from apps.payments.provider import the_provider
from apps.payments.services.books.payouts import apply_payout
from apps.payments.services.collecting.settling import apply_intent
from apps.payments.services.refunds.returning import apply_refund
from apps.payments.services.subscriptions.trials import apply_setup

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=10)
"""How long a notice may wait for its own task before the sweeper asks for another."""
OBJECTS_PER_SWEEP = 500
TYPE_LENGTH = 64
OPEN = (NoticeStatus.RECEIVED, NoticeStatus.FAILED)

_STORE = """
    INSERT INTO payments_providernotice
           (provider, event_id, type, object_kind, object_id, status, error, created_at)
    SELECT %(provider)s, event_id, type, object_kind, object_id, status, '', created_at
      FROM unnest(%(events)s::text[], %(types)s::text[], %(kinds)s::text[], %(objects)s::text[],
                  %(statuses)s::text[], %(times)s::timestamptz[])
           AS new (event_id, type, object_kind, object_id, status, created_at)
        ON CONFLICT (provider, event_id) DO NOTHING
    RETURNING id, status
"""

Applier = Callable[[PaymentProvider, str], object]

APPLIERS: Mapping[ObjectKind, Applier] = {
    ObjectKind.INTENT: lambda provider, object_id: apply_intent(provider.intent(object_id)),
    ObjectKind.SETUP: lambda provider, object_id: apply_setup(provider.setup(object_id)),
    ObjectKind.REFUND: lambda provider, object_id: apply_refund(provider.refund(object_id)),
    ObjectKind.PAYOUT: lambda provider, object_id: apply_payout(provider.payout(object_id)),
}
"""What is done about a notice. Those of any other kind are kept and ignored."""


def receive_notice(body: bytes, headers: Mapping[str, str]) -> bool:
    """Keep a webhook, ask for the task that handles it, and return whether it is new.

    Raises what `PaymentProvider.read_notice` raises.
    """
    provider = the_provider()
    notice = provider.read_notice(body, headers)
    if not notice.event_id:
        raise NoticeUnreadable(reason="it has no id")
    with transaction.atomic(using=DATABASE):
        stored = store_notices([notice], provider=provider.name)
        for notice_id, status in stored:
            if status == NoticeStatus.RECEIVED:
                request("payments.handle_notice", notice_id, using=DATABASE)
    return bool(stored)


def handle_notice(notice_id: int) -> None:
    """Ask the provider for the object of a notice and apply it; all notices of the object so far are handled by that.

    Harmless when repeated. Weather leaves the notice as it is; a refusal marks it as failed, and is raised as well.
    """
    notice = ProviderNotice.objects.get(pk=notice_id)
    if notice.status not in OPEN:
        return
    waiting = ProviderNotice.objects.filter(
        provider=notice.provider, object_kind=notice.object_kind, object_id=notice.object_id, status__in=OPEN
    )
    told = list(waiting.values_list("pk", flat=True))  # before the object is asked for: a later one may tell more
    try:
        apply_object(ObjectKind(notice.object_kind), notice.object_id)
    except (Refused, Conflict) as refusal:
        log.error("payments.notice_failed", notice_id=notice_id, object_id=notice.object_id, reason=str(refusal))
        ProviderNotice.objects.filter(pk__in=told).update(status=NoticeStatus.FAILED, error=str(refusal))
        raise
    mark_handled(told)


def handle_notices() -> int:
    """Ask again, every ten minutes, for what was told and is still not handled: a task for each object."""
    late = now() - PATIENCE
    silent = Q(asked_at=None) | Q(asked_at__lt=late)
    waiting = ProviderNotice.objects.filter(silent, status=NoticeStatus.RECEIVED, received_at__lt=late)
    objects = waiting.values("provider", "object_kind", "object_id").annotate(newest=Max("pk")).order_by("newest")
    with transaction.atomic(using=DATABASE):
        ids = list(objects.values_list("newest", flat=True)[:OBJECTS_PER_SWEEP])
        for notice_id in ids:
            request("payments.handle_notice", notice_id, using=DATABASE)
        newest = ProviderNotice.objects.filter(pk__in=ids)
        of_the_same = waiting.filter(object_id__in=newest.values("object_id"))
        of_the_same.update(asked_at=now())
    return len(ids)


def apply_object(kind: ObjectKind, object_id: str) -> None:
    """Ask the provider how one of its objects is, and make that true here."""
    APPLIERS[kind](the_provider(), object_id)


def store_notices(
    notices: Sequence[Notice], *, provider: str, status: NoticeStatus = NoticeStatus.RECEIVED
) -> list[tuple[int, str]]:
    """Store those notices that we did not have, and return their ids and statuses. What nobody applies is ignored."""
    params: dict[str, Any] = {
        "provider": provider,
        "events": [notice.event_id for notice in notices],
        "types": [notice.type[:TYPE_LENGTH] for notice in notices],
        "kinds": [notice.object_kind.value for notice in notices],
        "objects": [notice.object_id for notice in notices],
        "statuses": [_status(notice, status).value for notice in notices],
        "times": [notice.created_at for notice in notices],
    }
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_STORE, params)
        return list(cursor.fetchall())


def mark_handled(notice_ids: Iterable[int]) -> None:
    """Note that the objects of these notices were applied."""
    ProviderNotice.objects.filter(pk__in=list(notice_ids)).update(
        status=NoticeStatus.HANDLED, error="", handled_at=now()
    )


def _status(notice: Notice, status: NoticeStatus) -> NoticeStatus:
    return status if notice.object_kind in APPLIERS else NoticeStatus.IGNORED
