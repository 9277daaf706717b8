"""What people are told about."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """The kinds of notification; a subject is told of once in each kind."""

    TRADE_EXECUTED = "trade.executed"
    TRADE_CANCELLED = "trade.cancelled"


class DeliveryStatus(TextChoices):
    """How far a mail is. `dropped` is what nobody needs any more; `failed` is what could not be delivered."""

    PENDING = "pending"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"
