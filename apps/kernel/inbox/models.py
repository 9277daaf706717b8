"""What a context has been told: one row for each handler and message, so that twice told is once done."""

from django.db import models

from apps.kernel.clock import ClockTimestamp


class InboxMessage(models.Model):
    """A message for one handler. Its effect and the change to `done` share a transaction."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    handler = models.CharField(max_length=128)
    message_id = models.CharField(max_length=64)
    queue = models.CharField(max_length=128)
    event_type = models.CharField(max_length=128)
    event_count = models.PositiveIntegerField(default=1, db_default=1)
    content_type = models.CharField(max_length=64)
    body = models.TextField()
    correlation_id = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING)
    deliveries = models.PositiveIntegerField(default=1, db_default=1)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    last_error = models.TextField(default="", db_default="")
    received_at = models.DateTimeField(db_default=ClockTimestamp())
    dispatch_after = models.DateTimeField(db_default=ClockTimestamp())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inbox_message"
        constraints = [models.UniqueConstraint(fields=["handler", "message_id"], name="inbox_once_per_handler")]
        indexes = [
            models.Index(fields=["dispatch_after"], name="inbox_pending", condition=models.Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.message_id} {self.status}"
