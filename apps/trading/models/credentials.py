"""Keys with which we may trade at a venue in a person's name."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.ids import uuid7


class VenueCredential(models.Model):
    """A key of a person at a venue. What opens the venue is sealed at rest and leaves by no door of ours."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    venue = models.CharField(max_length=32)
    label = models.CharField(max_length=64)
    key = SealedTextField()
    secret = SealedTextField()
    passphrase = SealedTextField(null=True)
    key_hint = models.CharField(max_length=4, help_text="The last characters of the key, to recognise it by.")
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "venue", "label"], name="trading_credential_label_once")
        ]

    def __str__(self) -> str:
        return f"{self.label} at {self.venue}"
