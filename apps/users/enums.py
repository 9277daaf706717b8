"""The few words that a person's standing is told in."""

from django.db.models import TextChoices


class StandingStatus(TextChoices):
    """How a person stands with us; what they may use is said by the features, never by this."""

    NONE = "none"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
