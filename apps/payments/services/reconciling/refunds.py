"""Refunds against the provider's."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db.models import Q

from apps.payments.enums import DifferenceKind, RefundStatus
from apps.payments.models import Refund
from apps.payments.ports import ObjectKind, PaymentProvider, ProviderRefund
from apps.payments.ports import RefundStatus as Theirs
from apps.payments.services.reconciling.report import Finding
from apps.payments.services.reconciling.sides import amount_text, our_id, our_ids
from apps.payments.services.refunds.returning import apply_refund

IN_FLIGHT = (RefundStatus.PENDING, RefundStatus.UNRESOLVED)
AGREES: Mapping[Theirs, RefundStatus] = {
    Theirs.PENDING: RefundStatus.PENDING,
    Theirs.SUCCEEDED: RefundStatus.SUCCEEDED,
    Theirs.FAILED: RefundStatus.FAILED,
    Theirs.CANCELED: RefundStatus.CANCELED,
}


class Refunds:
    """Compares amounts, currencies and statuses."""

    kind = ObjectKind.REFUND

    def theirs(self, provider: PaymentProvider, *, since: datetime) -> Iterator[ProviderRefund]:
        """Yield the refunds created since."""
        return provider.refunds(since=since)

    def one(self, provider: PaymentProvider, object_id: str) -> ProviderRefund:
        """Return a refund."""
        return provider.refund(object_id)

    def expected(self, *, since: datetime) -> Collection[str]:
        """Return the refunds made since, and those in flight."""
        wanted = Q(created_at__gte=since) | Q(status__in=IN_FLIGHT)
        known = Refund.objects.filter(wanted, provider_refund_id__isnull=False)
        return known.order_by("pk").values_list("provider_refund_id", flat=True)  # type: ignore[return-value] # none is null

    def compare(self, page: Sequence[ProviderRefund]) -> list[Finding]:
        """Return what differs."""
        told = our_ids((refund.metadata for refund in page), "refund_id")
        known = Q(provider_refund_id__in=[refund.id for refund in page]) | Q(pk__in=told, provider_refund_id=None)
        ours: dict[object, Refund] = {
            refund.provider_refund_id or refund.pk: refund for refund in Refund.objects.filter(known)
        }
        return [
            finding
            for refund in page
            for finding in _differences(refund, ours.get(refund.id) or ours.get(our_id(refund.metadata, "refund_id")))
        ]

    def apply(self, found: ProviderRefund) -> None:
        """Settle."""
        apply_refund(found)


def _differences(theirs: ProviderRefund, ours: Refund | None) -> Iterator[Finding]:
    found = partial(Finding, object_kind=ObjectKind.REFUND.value, object_id=theirs.id)
    amount = amount_text(theirs.amount, theirs.currency)
    if ours is None:
        yield found(kind=DifferenceKind.MISSING_HERE, theirs=f"{theirs.status} {amount}", amount=theirs.amount)
    elif (ours.amount, ours.currency) != (theirs.amount, theirs.currency):
        known = amount_text(ours.amount, ours.currency)
        yield found(kind=DifferenceKind.AMOUNT, ours=known, theirs=amount, amount=theirs.amount)
    elif ours.provider_refund_id is None or ours.status != AGREES[theirs.status]:
        yield found(kind=DifferenceKind.STATUS, ours=ours.status, theirs=theirs.status.value, repairable=True)
