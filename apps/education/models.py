"""What education knows of what people may learn."""

from django.db import models

from apps.kernel.standings import StandingCopy


class Entitlement(StandingCopy):
    """Education's copy of a person's standing, kept by `user.subscription.changed`."""

    tier = models.TextField()
