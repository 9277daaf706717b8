"""What signals knows of what people may see."""

from django.db import models

from apps.kernel.standings import StandingCopy


class Entitlement(StandingCopy):
    """Signals' own copy of a person's standing, kept by `user.subscription.changed`."""

    realtime = models.BooleanField()
    delay_minutes = models.PositiveIntegerField(null=True)
    targets = models.BooleanField()
