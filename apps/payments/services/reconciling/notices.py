"""The provider's list of events against the webhooks that we got: what was lost on its way is done now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from apps.kernel.errors import Conflict, Refused
from apps.payments.apps import DATABASE
from apps.payments.enums import DifferenceKind
from apps.payments.models import ProviderNotice
from apps.payments.ports import Notice, ObjectKind, PaymentProvider
from apps.payments.services.noticing import APPLIERS, OPEN, apply_object, mark_handled, store_notices
from apps.payments.services.reconciling.report import Finding, Report
from apps.payments.services.reconciling.sides import paged

log = structlog.get_logger(__name__)

EVENT = "event"


def make_up_for_lost(provider: PaymentProvider, report: Report, *, since: datetime) -> None:
    """Apply the objects of webhooks that never came, or were not handled; what came in the meantime does no harm."""
    for page in paged(provider.notices(since=since)):
        _make_up_for(page, provider, report)
        report.compared(len(page))


def _make_up_for(page: Sequence[Notice], provider: PaymentProvider, report: Report) -> None:
    stands = _stands(page, provider)
    left = [notice for notice in page if notice.object_kind in APPLIERS and _is_open(stands.get(notice.event_id))]
    rows = report.add([_finding(notice, stands.get(notice.event_id)) for notice in left])
    applied = {place for place in {_place(notice) for notice in left} if _apply(*place)}
    done = [notice.event_id for notice in left if _place(notice) in applied]
    with transaction.atomic(using=DATABASE):
        store_notices(page, provider=provider.name)
        known = ProviderNotice.objects.filter(provider=provider.name, event_id__in=done)
        mark_handled(known.values_list("pk", flat=True))
        report.repaired([row for row in rows if row.object_id in set(done)])


def _stands(page: Sequence[Notice], provider: PaymentProvider) -> Mapping[str, str]:
    ids = [notice.event_id for notice in page]
    known = ProviderNotice.objects.filter(provider=provider.name, event_id__in=ids)
    return dict(known.values_list("event_id", "status"))


def _is_open(status: str | None) -> bool:
    return status is None or status in OPEN


def _place(notice: Notice) -> tuple[ObjectKind, str]:
    return notice.object_kind, notice.object_id


def _apply(kind: ObjectKind, object_id: str) -> bool:
    """Return whether an object could be applied; one that cannot be must not keep the others waiting."""
    try:
        apply_object(kind, object_id)
    except (Refused, Conflict) as refusal:
        log.error("reconciliation.not_applied", object_id=object_id, reason=str(refusal))
        return False
    return True


def _finding(notice: Notice, status: str | None) -> Finding:
    return Finding(
        kind=DifferenceKind.UNHANDLED_NOTICE,
        object_kind=EVENT,
        object_id=notice.event_id,
        ours=status or "never came",
        theirs=f"{notice.type} {notice.object_id}",
        repairable=True,
    )
