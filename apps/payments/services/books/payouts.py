"""Book what the provider has transferred to our bank, with the movements of which it is made."""

from collections.abc import Sequence

import structlog
from django.db import transaction

from apps.payments.apps import DATABASE
from apps.payments.models import Payment, Payout, Refund
from apps.payments.ports import MovementKind, ProviderMovement, ProviderPayout
from apps.payments.provider import the_provider
from apps.payments.services.books.bookkeeping import book_payout, book_payout_failure
from apps.payments.services.clock import billing_now

log = structlog.get_logger(__name__)

PENDING = "pending"
PAID = "paid"
UNDER_WAY = (PENDING, "in_transit")
ORDER = {PENDING: 0, "in_transit": 1, PAID: 2, "failed": 3, "canceled": 3}
"""How far a payout is. It never goes back: a bank may still return one that was paid."""


def apply_payout(payout: ProviderPayout) -> Payout:
    """Bring a payout to where the provider has it: booked once when it is paid, taken back when it failed after that.

    Harmless when repeated. Movements whose source we do not know are reported; they stay in clearing.
    """
    movements = _movements_of(payout)
    with transaction.atomic(using=DATABASE):
        kept = _locked(payout)
        if ORDER[payout.status] > ORDER[kept.status]:
            _move_on(kept, payout, movements)
    return kept


def strange_movements(movements: Sequence[ProviderMovement]) -> list[ProviderMovement]:
    """Return the movements behind which there is no payment, no refund and no payout of ours."""
    intents = {move.source_id for move in movements if move.kind == MovementKind.CHARGE}
    refunds = {move.source_id for move in movements if move.kind in (MovementKind.REFUND, MovementKind.REFUND_FAILURE)}
    payouts = {move.source_id for move in movements if move.kind == MovementKind.RESERVE}
    known = {
        *Payment.objects.filter(intent_id__in=intents).values_list("intent_id", flat=True),
        *Refund.objects.filter(provider_refund_id__in=refunds).values_list("provider_refund_id", flat=True),
        *Payout.objects.filter(pk__in=payouts).values_list("pk", flat=True),
    }
    return [move for move in movements if move.source_id not in known]


def _movements_of(payout: ProviderPayout) -> list[ProviderMovement]:
    """Return what is booked with a payout; nothing when that has been done, or is not yet due."""
    if payout.status != PAID or Payout.objects.filter(pk=payout.id, booked_at__isnull=False).exists():
        return []
    return list(the_provider().movements(payout.id))


def _locked(payout: ProviderPayout) -> Payout:
    Payout.objects.bulk_create(
        [
            Payout(
                id=payout.id,
                provider=the_provider().name,
                amount=payout.amount,
                currency=payout.currency,
                status=PENDING,
                created_at=payout.created_at,
            )
        ],
        ignore_conflicts=True,
    )
    return Payout.objects.select_for_update().get(pk=payout.id)


def _move_on(kept: Payout, payout: ProviderPayout, movements: Sequence[ProviderMovement]) -> None:
    was_booked = kept.booked_at is not None
    kept.status = payout.status
    if payout.status == PAID:
        kept.booked_at = billing_now()
        book_payout(kept, movements)
        _report(kept, strange_movements(movements))
    elif was_booked:
        book_payout_failure(kept, at=billing_now())
    kept.save(update_fields=["status", "booked_at"])


def _report(payout: Payout, strange: Sequence[ProviderMovement]) -> None:
    for move in strange:
        log.error(
            "payout.unknown_movement",
            payout_id=payout.pk,
            movement_id=move.id,
            source_id=move.source_id,
            amount=f"{move.amount:f} {move.currency}",
        )
