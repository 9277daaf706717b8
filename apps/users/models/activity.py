"""What people did that they, or staff, may want to look back at."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.users.enums import ActivityKind
from apps.users.models.people import User


class Activity(models.Model):
    """One deed of one person, told once: `source_id` is the event or row that it is known from."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="activities", db_index=False)
    kind = models.CharField(max_length=32, choices=ActivityKind)
    source_id = models.CharField(max_length=64)
    summary = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=ClockTimestamp(), db_index=True)

    class Meta:
        db_table = "users_activity"
        verbose_name_plural = "activities"
        constraints = [models.UniqueConstraint(fields=["kind", "source_id"], name="activity_told_once")]
        indexes = [models.Index(fields=["user", "-id"], name="activity_of_user")]

    def __str__(self) -> str:
        return self.summary
