"""What payments would state about somebody's money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.contracts.events.payments import (
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefunded,
    TrialWillEnd,
)
from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.ids import uuid7

MOMENT = datetime(2026, 5, 1, 12, tzinfo=UTC)
MONEY: dict[str, Any] = {"amount": Decimal("49.000000"), "currency": "EUR"}


def _of_invoice(user_id: UUID) -> dict[str, Any]:
    return {"user_id": user_id, "payment_id": uuid7(), "invoice_id": uuid7(), "invoice_number": "INV-000042", **MONEY}


def a_payment(user_id: UUID, **fields: Any) -> PaymentCompleted:
    """Return a payment that was collected."""
    return PaymentCompleted(**{**_of_invoice(user_id), "completed_at": MOMENT, **fields})


def a_failure(user_id: UUID, **fields: Any) -> PaymentFailed:
    """Return an attempt that failed and is followed by another."""
    after = {"attempt": 2, "reason": "insufficient_funds", "next_attempt_at": MOMENT + timedelta(days=3)}
    return PaymentFailed(**{**_of_invoice(user_id), **after, "failed_at": MOMENT, **fields})


def a_question(user_id: UUID, **fields: Any) -> PaymentActionRequired:
    """Return a payment that its payer has to confirm."""
    return PaymentActionRequired(**{**_of_invoice(user_id), "required_at": MOMENT, **fields})


def a_refund(user_id: UUID, **fields: Any) -> PaymentRefunded:
    """Return money that went back."""
    ids = {"user_id": user_id, "refund_id": uuid7(), "payment_id": uuid7()}
    return PaymentRefunded(**{**ids, **MONEY, "refunded_at": MOMENT, **fields})


def a_trial_end(user_id: UUID, **fields: Any) -> TrialWillEnd:
    """Return a trial that ends soon."""
    values = {"user_id": user_id, "subscription_id": uuid7(), "plan": "pro", "trial_end": MOMENT}
    return TrialWillEnd(**{**values, **MONEY, **fields})


def a_standing(user_id: UUID, version: int, **fields: Any) -> UserSubscriptionChanged:
    """Return how a person stands: paid for pro, unless told otherwise."""
    values: dict[str, Any] = {
        "user_id": user_id,
        "standing_version": version,
        "plan": "pro",
        "status": "active",
        "features": {"signals.realtime": True},
        "valid_until": MOMENT + timedelta(days=14),
        "current_period_end": MOMENT,
    }
    return UserSubscriptionChanged(**{**values, **fields})


def on_free(user_id: UUID, version: int, status: str = "canceled") -> UserSubscriptionChanged:
    """Return how a person stands without a plan."""
    nothing: dict[str, Any] = {"features": {}, "valid_until": None, "current_period_end": None}
    return a_standing(user_id, version, plan="free", status=status, **nothing)
