"""What a comparison finds, and the rows in which it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import connections, transaction
from django.db.models import F

from apps.kernel.clock import now
from apps.payments.apps import DATABASE
from apps.payments.enums import DifferenceKind
from apps.payments.errors import ReconciliationUnderWay
from apps.payments.models import Difference, Reconciliation

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
"""After how long without a sign of life a reconciliation counts as dead. A page takes seconds."""

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('payments_reconciliation'))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that stands differently here and at the provider. Only what is `repairable` is touched."""

    kind: DifferenceKind
    object_kind: str
    object_id: str
    ours: str = ""
    theirs: str = ""
    amount: Decimal | None = None
    repairable: bool = False

    @property
    def place(self) -> tuple[DifferenceKind, str]:
        """What tells a finding from the others of a page."""
        return self.kind, self.object_id


class Report:
    """The rows of one reconciliation, written as it goes on."""

    def __init__(self, reconciliation: Reconciliation) -> None:
        self.reconciliation = reconciliation

    def add(self, findings: Sequence[Finding]) -> list[Difference]:
        """Keep findings, unrepaired so far, and say loudly which of them somebody has to look at."""
        for finding in findings:
            if not finding.repairable:
                log.error(
                    "reconciliation.difference",
                    kind=finding.kind.value,
                    object_id=finding.object_id,
                    ours=finding.ours,
                    theirs=finding.theirs,
                )
        return Difference.objects.bulk_create(_row(self.reconciliation, finding) for finding in findings)

    def repaired(self, differences: Sequence[Difference]) -> None:
        """Note that these differences are gone."""
        Difference.objects.filter(pk__in=[difference.pk for difference in differences]).update(repaired=True)

    def compared(self, count: int) -> None:
        """Count objects that were compared; it is also the sign of life."""
        Reconciliation.objects.filter(pk=self.reconciliation.pk).update(compared=F("compared") + count, alive_at=now())

    def finish(self) -> Reconciliation:
        """Note the end and return the row."""
        Reconciliation.objects.filter(pk=self.reconciliation.pk).update(finished_at=now())
        self.reconciliation.refresh_from_db()
        return self.reconciliation


def begin(provider: str, *, since: datetime) -> Report:
    """Begin a reconciliation. Raises ReconciliationUnderWay while another one is alive."""
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        if Reconciliation.objects.filter(finished_at=None, alive_at__gt=now() - LEASE).exists():
            raise ReconciliationUnderWay()
        return Report(Reconciliation.objects.create(provider=provider, since=since, alive_at=now()))


def _row(reconciliation: Reconciliation, finding: Finding) -> Difference:
    return Difference(
        reconciliation=reconciliation,
        kind=finding.kind,
        object_kind=finding.object_kind,
        object_id=finding.object_id,
        ours=finding.ours,
        theirs=finding.theirs,
        amount=finding.amount,
    )
