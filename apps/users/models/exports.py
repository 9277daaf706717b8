"""Archives of all that we keep about a person, made at their request."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import uuid7
from apps.users.enums import ExportStatus
from apps.users.models.people import User


class Export(models.Model):
    """One archive: being made, ready, or failed. It is kept in the database, so that every process can serve it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    status = models.CharField(max_length=16, choices=ExportStatus, default=ExportStatus.PENDING)
    parts_done = models.PositiveSmallIntegerField(default=0)
    parts_total = models.PositiveSmallIntegerField(default=0)
    archive = models.BinaryField(null=True)
    requested_at = models.DateTimeField(db_default=ClockTimestamp())
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "users_export"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(status="pending"), name="export_one_at_a_time")
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.user_id}"
