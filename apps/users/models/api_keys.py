"""Keys with which programs call in a person's name."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import uuid7
from apps.users.models.people import User


class ApiKey(models.Model):
    """Permission for a program to do some things as a person. Only a digest is kept; the key itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, help_text="The beginning of the key, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    addresses = ArrayField(
        models.CharField(max_length=43), default=list, help_text="Networks it may be used from; none means everywhere."
    )
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "users_api_key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
