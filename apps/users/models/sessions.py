"""The tokens of a session: one family, of which one refresh token at a time is good."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import uuid7
from apps.users.models.people import User


class TokenFamily(models.Model):
    """Every token that was ever given out in one session. Its row is locked to take one refresh token for the next.

    The family lives as long as its session: whoever ends the session, or revokes the family, ends all of its tokens.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    session_key = models.CharField(max_length=40, unique=True)
    refresh_id = models.UUIDField(help_text="The one refresh token that is good; any other of the family is stolen.")
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    refreshed_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_for = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        db_table = "users_token_family"
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"tokens {self.pk} of {self.user_id}"
