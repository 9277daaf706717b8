"""What people are told about."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """The kinds of notification; a subject is told of once in each kind."""

    TRADE_EXECUTED = "trade.executed"
    TRADE_CANCELLED = "trade.cancelled"
