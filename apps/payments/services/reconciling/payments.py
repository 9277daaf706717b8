"""Payments against the provider's intents."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db.models import Q

from apps.payments.enums import DifferenceKind, PaymentStatus
from apps.payments.models import Payment
from apps.payments.ports import IntentStatus, ObjectKind, PaymentProvider, ProviderIntent
from apps.payments.services.collecting.settling import LIVE, apply_intent
from apps.payments.services.reconciling.report import Finding
from apps.payments.services.reconciling.sides import amount_text, our_id, our_ids

AGREES: Mapping[IntentStatus, frozenset[PaymentStatus]] = {
    IntentStatus.REQUIRES_PAYMENT_METHOD: frozenset({PaymentStatus.REQUIRES_PAYMENT_METHOD, PaymentStatus.FAILED}),
    IntentStatus.REQUIRES_ACTION: frozenset({PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED}),
    IntentStatus.PROCESSING: frozenset({PaymentStatus.PROCESSING}),
    IntentStatus.SUCCEEDED: frozenset({PaymentStatus.SUCCEEDED}),
    IntentStatus.CANCELED: frozenset({PaymentStatus.CANCELED, PaymentStatus.FAILED}),
}
"""How a payment may stand here when its intent stands so there. What failed here may be left waiting there."""


class Payments:
    """Compares amounts, currencies, fees and statuses."""

    kind = ObjectKind.INTENT

    def theirs(self, provider: PaymentProvider, *, since: datetime) -> Iterator[ProviderIntent]:
        """Yield the intents created since."""
        return provider.intents(since=since)

    def one(self, provider: PaymentProvider, object_id: str) -> ProviderIntent:
        """Return an intent."""
        return provider.intent(object_id)

    def expected(self, *, since: datetime) -> Collection[str]:
        """Return the intents of payments made since, and of those that wait for their payer or for the provider."""
        wanted = Q(created_at__gte=since) | Q(status__in=LIVE)
        known = Payment.objects.filter(wanted, intent_id__isnull=False)
        return known.order_by("pk").values_list("intent_id", flat=True)  # type: ignore[return-value] # none is null

    def compare(self, page: Sequence[ProviderIntent]) -> list[Finding]:
        """Return what differs."""
        ours = _ours(page)
        return [
            finding
            for intent in page
            for finding in _differences(intent, ours.get(intent.id) or ours.get(our_id(intent.metadata, "payment_id")))
        ]

    def apply(self, found: ProviderIntent) -> None:
        """Settle."""
        apply_intent(found)


def _ours(page: Sequence[ProviderIntent]) -> dict[object, Payment]:
    """Return our payments by intent, and those that do not know of theirs yet by id."""
    told = our_ids((intent.metadata for intent in page), "payment_id")
    ours = Payment.objects.filter(Q(intent_id__in=[intent.id for intent in page]) | Q(pk__in=told, intent_id=None))
    return {payment.intent_id or payment.pk: payment for payment in ours}


def _differences(intent: ProviderIntent, payment: Payment | None) -> Iterator[Finding]:
    found = partial(Finding, object_kind=ObjectKind.INTENT.value, object_id=intent.id)
    theirs = amount_text(intent.amount, intent.currency)
    if payment is None:
        yield found(kind=DifferenceKind.MISSING_HERE, theirs=f"{intent.status} {theirs}", amount=intent.amount)
        return
    if (payment.amount, payment.currency) != (intent.amount, intent.currency):
        ours = amount_text(payment.amount, payment.currency)
        yield found(kind=DifferenceKind.AMOUNT, ours=ours, theirs=theirs, amount=intent.amount)
        return
    if payment.intent_id is None or payment.status not in AGREES[intent.status]:
        yield found(kind=DifferenceKind.STATUS, ours=payment.status, theirs=intent.status.value, repairable=True)
    elif intent.status == IntentStatus.SUCCEEDED and intent.fee is not None and intent.fee != payment.fee:
        yield found(
            kind=DifferenceKind.FEE,
            ours=amount_text(payment.fee, payment.currency),
            theirs=amount_text(intent.fee, intent.currency),
            amount=intent.fee - payment.fee,
        )
