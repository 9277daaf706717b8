"""Facts that the payments context states: about money, and about how a subscription stands. The two are kept apart."""

from typing import Literal
from uuid import UUID

from apps.kernel.events.base import Event, Exact, Moment

SubscriptionStatus = Literal[
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "canceled", "unpaid", "paused"
]


class SubscriptionChanged(Event, type="subscription.changed", version=1, owner="payments"):
    """What a customer's subscription entitles them to was stated anew. `features` is the whole of what they may use.

    `plan` and `features` are those that count from now on: after a lapse the plan that everyone falls back to. The
    `status` is the subscription's; null ids and status mean that the person has no subscription. `standing_version`
    grows with each statement about the person, across their subscriptions, so that a late or doubled one does no harm;
    `subscription_version` grows with each transition of the subscription. After `valid_until` nobody honours the
    features any more, whatever happens to us.
    """

    user_id: UUID
    standing_version: int
    subscription_id: UUID | None
    subscription_version: int | None
    status: SubscriptionStatus | None
    plan: str
    features: dict[str, str | int | bool]
    current_period_end: Moment | None
    cancel_at_period_end: bool
    valid_until: Moment | None
    changed_at: Moment

    def subject(self) -> str:
        return f"user/{self.user_id}"

    def sequence_number(self) -> int:
        return self.standing_version


class PaymentCompleted(Event, type="payment.completed", version=1, owner="payments"):
    """Money was collected for an invoice. It says nothing of what the payer may do."""

    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    user_id: UUID
    amount: Exact
    currency: str
    completed_at: Moment

    def subject(self) -> str:
        return f"payment/{self.payment_id}"


class PaymentFailed(Event, type="payment.failed", version=1, owner="payments"):
    """An attempt to collect an invoice failed. `next_attempt_at` is null when no other is planned."""

    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    user_id: UUID
    amount: Exact
    currency: str
    attempt: int
    reason: str
    next_attempt_at: Moment | None
    failed_at: Moment

    def subject(self) -> str:
        return f"payment/{self.payment_id}"

    def sequence_number(self) -> int:
        return self.attempt


class PaymentActionRequired(Event, type="payment.action_required", version=1, owner="payments"):
    """A payment waits for its payer, who confirms it with their bank (3-D Secure) on the page that REST names."""

    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    user_id: UUID
    amount: Exact
    currency: str
    required_at: Moment

    def subject(self) -> str:
        return f"payment/{self.payment_id}"


class PaymentRefunded(Event, type="payment.refunded", version=1, owner="payments"):
    """Money went back to the payer."""

    refund_id: UUID
    payment_id: UUID
    user_id: UUID
    amount: Exact
    currency: str
    refunded_at: Moment

    def subject(self) -> str:
        return f"refund/{self.refund_id}"


class TrialWillEnd(Event, type="subscription.trial_will_end", version=1, owner="payments"):
    """A trial ends soon, and what comes after it costs `amount`. Stated once for each trial."""

    subscription_id: UUID
    user_id: UUID
    plan: str
    amount: Exact
    currency: str
    trial_end: Moment

    def subject(self) -> str:
        return f"subscription/{self.subscription_id}"
