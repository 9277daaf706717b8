"""Archives of all that we keep about a person, made at their request."""

from django.db import models

from apps.kernel.clock import ClockTimestamp, now
from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.ids import uuid7
from apps.users.enums import ExportStatus
from apps.users.models.people import User


class Export(models.Model):
    """One archive: being made, ready, failed, or gone again. `key` opens its chunks; whoever loses it loses them.

    `attempts` counts who has begun to make it; only the latest may go on, and until `leased_until` nobody else begins.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    status = models.CharField(max_length=16, choices=ExportStatus, default=ExportStatus.PENDING)
    parts_done = models.PositiveSmallIntegerField(default=0)
    parts_total = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    leased_until = models.DateTimeField(db_default=ClockTimestamp())
    key = SealedTextField(null=True)
    size = models.PositiveBigIntegerField(null=True, help_text="The bytes of the archive.")
    requested_at = models.DateTimeField(db_default=ClockTimestamp())
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "users_export"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(status="pending"), name="export_one_at_a_time")
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="export_of_user"),
            models.Index(fields=["leased_until"], condition=models.Q(status="pending"), name="export_pending"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.user_id}"

    @property
    def state(self) -> ExportStatus:
        """The status, which no longer is ready once the time is over, whether or not anyone has cleared it away."""
        is_over = self.expires_at is not None and self.expires_at <= now()
        return ExportStatus.EXPIRED if is_over else ExportStatus(self.status)


class ExportChunk(models.Model):
    """A piece of an archive, sealed with the archive's key."""

    pk = models.CompositePrimaryKey("export_id", "number")
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "users_export_chunk"

    def __str__(self) -> str:
        return f"chunk {self.number} of {self.export_id}"
