"""What people are told about."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """The kinds of notification; a subject is told of once in each kind."""

    TRADE_EXECUTED = "trade.executed"
    TRADE_CANCELLED = "trade.cancelled"
    PAYMENT_COMPLETED = "payment.completed"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_ACTION_REQUIRED = "payment.action_required"
    PAYMENT_REFUNDED = "payment.refunded"
    TRIAL_WILL_END = "subscription.trial_will_end"
    PLAN_BEGUN = "plan.begun"
    PLAN_ENDED = "plan.ended"


MAILED = (
    Kind.PAYMENT_COMPLETED,
    Kind.PAYMENT_FAILED,
    Kind.PAYMENT_ACTION_REQUIRED,
    Kind.PAYMENT_REFUNDED,
    Kind.TRIAL_WILL_END,
    Kind.PLAN_ENDED,
)
"""What people are told by mail as well. A plan that has begun was paid for, and its receipt is the mail."""


class DeliveryStatus(TextChoices):
    """How far a mail is. `dropped` is what nobody needs any more; `failed` is what could not be delivered."""

    PENDING = "pending"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"
