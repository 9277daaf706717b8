"""Payouts, and the movements of which they are made, against what we have booked."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db.models import Q

from apps.payments.enums import DifferenceKind
from apps.payments.models import Payment, Payout
from apps.payments.ports import MovementKind, ObjectKind, PaymentProvider, ProviderMovement, ProviderPayout
from apps.payments.provider import the_provider
from apps.payments.services.books.payouts import PAID, UNDER_WAY, apply_payout, strange_movements
from apps.payments.services.reconciling.report import Finding
from apps.payments.services.reconciling.sides import amount_text

MOVEMENT = "movement"


class Payouts:
    """Compares amounts and statuses, and the source and the fee of each movement."""

    kind = ObjectKind.PAYOUT

    def theirs(self, provider: PaymentProvider, *, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts created since."""
        return provider.payouts(since=since)

    def one(self, provider: PaymentProvider, object_id: str) -> ProviderPayout:
        """Return a payout."""
        return provider.payout(object_id)

    def expected(self, *, since: datetime) -> Collection[str]:
        """Return the payouts made since, and those on their way."""
        known = Payout.objects.filter(Q(created_at__gte=since) | Q(status__in=UNDER_WAY))
        return known.order_by("created_at").values_list("pk", flat=True)

    def compare(self, page: Sequence[ProviderPayout]) -> list[Finding]:
        """Return what differs."""
        ours = Payout.objects.in_bulk([payout.id for payout in page])
        findings = [finding for payout in page for finding in _differences(payout, ours.get(payout.id))]
        movements = {payout: list(the_provider().movements(payout.id)) for payout in page if payout.status == PAID}
        together = [move for moves in movements.values() for move in moves]
        return [*findings, *_wrong_sums(movements), *_strange(together), *_other_fees(together)]

    def apply(self, found: ProviderPayout) -> None:
        """Book it, or take it back."""
        apply_payout(found)


def _differences(theirs: ProviderPayout, ours: Payout | None) -> Iterator[Finding]:
    found = partial(Finding, object_kind=ObjectKind.PAYOUT.value, object_id=theirs.id)
    amount = amount_text(theirs.amount, theirs.currency)
    if ours is None:
        yield found(
            kind=DifferenceKind.MISSING_HERE,
            theirs=f"{theirs.status} {amount}",
            amount=theirs.amount,
            repairable=True,
        )
    elif (ours.amount, ours.currency) != (theirs.amount, theirs.currency):
        known = amount_text(ours.amount, ours.currency)
        yield found(kind=DifferenceKind.AMOUNT, ours=known, theirs=amount, amount=theirs.amount)
    elif ours.status != theirs.status:
        yield found(kind=DifferenceKind.STATUS, ours=ours.status, theirs=theirs.status, repairable=True)


def _wrong_sums(movements: dict[ProviderPayout, list[ProviderMovement]]) -> Iterator[Finding]:
    for payout, moves in movements.items():
        total = sum((move.amount - move.fee for move in moves), Decimal(0))
        if total != payout.amount:
            yield Finding(
                kind=DifferenceKind.AMOUNT,
                object_kind=MOVEMENT,
                object_id=payout.id,
                ours=f"movements of {amount_text(total, payout.currency)}",
                theirs=amount_text(payout.amount, payout.currency),
                amount=payout.amount - total,
            )


def _strange(movements: Sequence[ProviderMovement]) -> Iterator[Finding]:
    for move in strange_movements(movements):
        yield Finding(
            kind=DifferenceKind.MISSING_HERE,
            object_kind=MOVEMENT,
            object_id=move.id,
            theirs=f"{move.kind} {move.source_id} {amount_text(move.amount, move.currency)}",
            amount=move.amount,
        )


def _other_fees(movements: Sequence[ProviderMovement]) -> Iterator[Finding]:
    charges = [move for move in movements if move.kind == MovementKind.CHARGE]
    known = Payment.objects.filter(intent_id__in=[move.source_id for move in charges])
    fees = dict(known.values_list("intent_id", "fee"))
    for move in charges:
        ours = fees.get(move.source_id, move.fee)
        if ours != move.fee:
            yield Finding(
                kind=DifferenceKind.FEE,
                object_kind=MOVEMENT,
                object_id=move.id,
                ours=amount_text(ours, move.currency),
                theirs=amount_text(move.fee, move.currency),
                amount=move.fee - ours,
            )
