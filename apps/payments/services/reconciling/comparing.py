"""One reconciliation from its beginning to its end. Whatever is done in it can be done again without harm."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from apps.kernel.clock import now
from apps.kernel.errors import Conflict, Refused
from apps.payments.enums import DifferenceKind
from apps.payments.errors import ProviderObjectUnknown, ReconciliationUnderWay
from apps.payments.models import Reconciliation
from apps.payments.ports import PaymentProvider
from apps.payments.provider import the_provider
from apps.payments.services.collecting.asking import resolve_payments
from apps.payments.services.reconciling.notices import make_up_for_lost
from apps.payments.services.reconciling.payments import Payments
from apps.payments.services.reconciling.payouts import Payouts
from apps.payments.services.reconciling.refunds import Refunds
from apps.payments.services.reconciling.report import Finding, Report, begin
from apps.payments.services.reconciling.setups import Setups
from apps.payments.services.reconciling.sides import Side, T, paged
from apps.payments.services.refunds.returning import resolve_refunds

log = structlog.get_logger(__name__)

SIDES: tuple[Side[Any], ...] = (Payments(), Setups(), Refunds(), Payouts())
"""In the order in which the provider's objects follow from each other."""


def reconcile(since: datetime) -> Reconciliation:
    """Compare all that was begun since, there or here, or has not come to its end; repair, report, return the row.

    What the provider has and we do not know, and amounts and fees that differ, are reported and never touched.
    Raises ReconciliationUnderWay while another one is alive. One that died is made good by the next one.
    """
    provider = the_provider()
    report = begin(provider.name, since=since)
    for side in SIDES:
        _compare(side, provider, report, since=since)
    make_up_for_lost(provider, report, since=since)
    resolve_payments()
    resolve_refunds()
    return report.finish()


def reconcile_lately(hours: int) -> None:
    """Compare the last hours, unless somebody is at it."""
    try:
        reconcile(now() - timedelta(hours=hours))
    except ReconciliationUnderWay:
        log.info("reconciliation.under_way")


def _compare(side: Side[T], provider: PaymentProvider, report: Report, *, since: datetime) -> None:
    seen: set[str] = set()
    for page in paged(side.theirs(provider, since=since)):
        seen |= {found.id for found in page}
        _treat(side, page, report)
    for ids in paged(object_id for object_id in side.expected(since=since) if object_id not in seen):
        _treat(side, _asked_for(side, ids, provider, report), report)


def _asked_for(side: Side[T], ids: Sequence[str], provider: PaymentProvider, report: Report) -> list[T]:
    """Return the objects that we know of and were not told about; those that the provider denies are reported."""
    found: list[T] = []
    for object_id in ids:
        try:
            found.append(side.one(provider, object_id))
        except ProviderObjectUnknown:
            missing = Finding(
                kind=DifferenceKind.MISSING_THERE, object_kind=side.kind.value, object_id=object_id, ours=object_id
            )
            report.add([missing])
    return found


def _treat(side: Side[T], page: Sequence[T], report: Report) -> None:
    findings = side.compare(page)
    rows = report.add(findings)
    wrong = {finding.object_id for finding in findings if finding.repairable}
    for found in page:
        if found.id in wrong:
            _repair(side, found)
    if wrong:
        left = {finding.place for finding in side.compare(page)}
        report.repaired([row for row in rows if (row.kind, row.object_id) not in left])
    report.compared(len(page))


def _repair(side: Side[T], found: T) -> None:
    try:
        side.apply(found)
    except (Refused, Conflict) as refusal:
        log.error("reconciliation.not_applied", object_id=found.id, reason=str(refusal))
