"""What signals knows of what people may see."""

from django.db import models


class Entitlement(models.Model):
    """Signals' own copy of a person's standing, kept by `user.subscription.changed`. It only ever gets newer."""

    user_id = models.UUIDField(primary_key=True)
    standing_version = models.PositiveBigIntegerField()
    realtime = models.BooleanField()
    delay_minutes = models.PositiveIntegerField(null=True)
    targets = models.BooleanField()
    valid_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"v{self.standing_version}"
