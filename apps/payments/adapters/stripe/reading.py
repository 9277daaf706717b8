"""What Stripe's objects say, in our words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import stripe

from apps.payments.adapters.stripe.amounts import from_minor
from apps.payments.errors import ProviderRefused
from apps.payments.ports import (
    IntentStatus,
    MovementKind,
    ProviderIntent,
    ProviderMethod,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderSetup,
    RefundStatus,
)

INTENT_STATUSES: Mapping[str, IntentStatus] = {
    "requires_payment_method": IntentStatus.REQUIRES_PAYMENT_METHOD,
    "requires_confirmation": IntentStatus.REQUIRES_PAYMENT_METHOD,
    "requires_action": IntentStatus.REQUIRES_ACTION,
    "processing": IntentStatus.PROCESSING,
    "requires_capture": IntentStatus.PROCESSING,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}
REFUND_STATUSES: Mapping[str, RefundStatus] = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}
MOVEMENT_KINDS: Mapping[str, MovementKind] = {
    "charge": MovementKind.CHARGE,
    "payment": MovementKind.CHARGE,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_FAILURE,
    "payment_failure_refund": MovementKind.REFUND_FAILURE,
    "payment_reversal": MovementKind.DISPUTE,
    "payout_cancel": MovementKind.RESERVE,
    "payout_failure": MovementKind.RESERVE,
    "payout_minimum_balance_hold": MovementKind.RESERVE,
    "payout_minimum_balance_release": MovementKind.RESERVE,
    "payment_network_reserve_hold": MovementKind.RESERVE,
    "payment_network_reserve_release": MovementKind.RESERVE,
    "reserve_hold": MovementKind.RESERVE,
    "reserve_release": MovementKind.RESERVE,
    "reserve_transaction": MovementKind.RESERVE,
    "reserved_funds": MovementKind.RESERVE,
}
"""What the other kinds move (Stripe's own fees, corrections) has no payment of ours behind it."""
DISPUTES = frozenset({"dispute", "dispute_reversal"})
"""Their movements are adjustments by type; the reporting category tells them from the others."""
ASKS_THE_PAYER = "authentication_required"
OVER = (IntentStatus.SUCCEEDED, IntentStatus.CANCELED)

Word = TypeVar("Word")


def read_intent(intent: stripe.PaymentIntent, *, pages: str) -> ProviderIntent:
    """Return a payment as it is; `pages` is where the frontend has its pages."""
    currency = intent.currency.upper()
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    metadata = _metadata(intent)
    status = _intent_status(intent)
    return ProviderIntent(
        id=intent.id,
        status=status,
        amount=from_minor(intent.amount, currency=currency),
        currency=currency,
        amount_refunded=from_minor(charge.amount_refunded if charge else 0, currency=currency),
        created_at=moment(intent.created),
        customer_id=id_of(intent.customer),
        method=_method(intent.payment_method),
        fee=_fee(charge, currency=currency) if status == IntentStatus.SUCCEEDED else None,
        failure_code=None if status == IntentStatus.SUCCEEDED else _failure(intent.last_payment_error),
        page_url=_page(f"{pages}/checkout/{metadata.get('payment_id', intent.id)}", intent.client_secret, status),
        client_secret=intent.client_secret,
        metadata=metadata,
    )


def read_setup(setup: stripe.SetupIntent, *, pages: str) -> ProviderSetup:
    """Return how far a card is with becoming usable."""
    status = _word(INTENT_STATUSES, setup.status, of=setup.id)
    return ProviderSetup(
        id=setup.id,
        status=status,
        created_at=moment(setup.created),
        customer_id=id_of(setup.customer),
        method=_method(setup.payment_method),
        failure_code=None if status == IntentStatus.SUCCEEDED else _failure(getattr(setup, "last_setup_error", None)),
        page_url=_page(f"{pages}/cards/{setup.id}", setup.client_secret, status),
        client_secret=setup.client_secret,
        metadata=_metadata(setup),
    )


def read_refund(refund: stripe.Refund) -> ProviderRefund:
    """Return how far money is on its way back."""
    currency = refund.currency.upper()
    return ProviderRefund(
        id=refund.id,
        intent_id=id_of(refund.payment_intent) or "",
        status=_word(REFUND_STATUSES, refund.status or "pending", of=refund.id),
        amount=from_minor(refund.amount, currency=currency),
        currency=currency,
        created_at=moment(refund.created),
        failure_code=getattr(refund, "failure_reason", None),
        metadata=_metadata(refund),
    )


def read_payout(payout: stripe.Payout) -> ProviderPayout:
    """Return how far money is on its way to our bank."""
    currency = payout.currency.upper()
    return ProviderPayout(
        id=payout.id,
        amount=from_minor(payout.amount, currency=currency),
        currency=currency,
        status=payout.status,
        created_at=moment(payout.created),
    )


def read_movement(line: stripe.BalanceTransaction) -> ProviderMovement:
    """Return a line of the balance; a charge counts as the payment that it was made for."""
    currency = line.currency.upper()
    kind = _movement_kind(line)
    return ProviderMovement(
        id=line.id,
        kind=kind,
        source_id=_source(line, kind),
        amount=from_minor(line.amount, currency=currency),
        fee=from_minor(line.fee, currency=currency),
        currency=currency,
        created_at=moment(line.created),
    )


def moment(seconds: int) -> datetime:
    """Return a moment that Stripe gives in seconds."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def id_of(thing: Any) -> str | None:
    """Return the id of something that may be expanded, or not be there."""
    return thing if thing is None or isinstance(thing, str) else str(thing.id)


def _intent_status(intent: stripe.PaymentIntent) -> IntentStatus:
    """Return how far a payment is. A decline because the payer was absent waits for them."""
    status = _word(INTENT_STATUSES, intent.status, of=intent.id)
    if status == IntentStatus.REQUIRES_PAYMENT_METHOD and _failure(intent.last_payment_error) == ASKS_THE_PAYER:
        return IntentStatus.REQUIRES_ACTION
    return status


def _word(words: Mapping[str, Word], said: str, *, of: str) -> Word:
    if said not in words:
        raise ProviderRefused(reason=f"{of} is {said}, which we do not know")
    return words[said]


def _failure(error: Any) -> str | None:
    """Return why a card was declined, as its bank put it where it did."""
    return None if error is None else getattr(error, "decline_code", None) or getattr(error, "code", None)


def _page(address: str, client_secret: str | None, status: IntentStatus) -> str | None:
    # Behind the #, which browsers send to nobody: neither the frontend's log nor a Referer shows the secret.
    return f"{address}#client_secret={client_secret}" if client_secret and status not in OVER else None


def _method(method: Any) -> ProviderMethod | None:
    """Return an expanded payment method, if it is a card, with which wallets pay too."""
    if not isinstance(method, stripe.PaymentMethod) or method.type != "card" or method.card is None:
        return None
    card = method.card
    return ProviderMethod(
        id=method.id,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        fingerprint=card.fingerprint or method.id,
    )


def _fee(charge: stripe.Charge | None, *, currency: str) -> Decimal | None:
    """Return what Stripe kept. Not known while it is being booked, or when it was taken in another currency."""
    line = charge.balance_transaction if charge else None
    if not isinstance(line, stripe.BalanceTransaction) or line.currency.upper() != currency:
        return None
    return from_minor(line.fee, currency=currency)


def _movement_kind(line: stripe.BalanceTransaction) -> MovementKind:
    if line.reporting_category in DISPUTES:
        return MovementKind.DISPUTE
    return MOVEMENT_KINDS.get(line.type, MovementKind.ADJUSTMENT)


def _source(line: stripe.BalanceTransaction, kind: MovementKind) -> str:
    source: Any = line.source
    if kind == MovementKind.CHARGE and isinstance(source, stripe.Charge):
        return id_of(source.payment_intent) or source.id
    return id_of(source) or line.id


def _metadata(thing: stripe.PaymentIntent | stripe.SetupIntent | stripe.Refund) -> dict[str, str]:
    return dict(thing.metadata.to_dict()) if thing.metadata else {}
