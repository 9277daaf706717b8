"""What a context has decided to tell: a row beside the change, until the relay has brought it to the broker."""

from django.db import models

from apps.kernel.clock import ClockTimestamp


class OutboxMessage(models.Model):
    """One message to publish: an event, a batch of events, a task request, a dead letter or a replayed message."""

    class Kind(models.TextChoices):
        EVENT = "event"
        EVENT_BATCH = "event_batch"
        TASK = "task"
        DEAD_LETTER = "dead_letter"
        REPLAY = "replay"

    id = models.BigAutoField(primary_key=True)
    message_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=128)
    body = models.TextField()
    headers = models.JSONField(null=True)
    event_version = models.PositiveIntegerField(null=True)
    event_count = models.PositiveIntegerField(default=1, db_default=1)
    partition_key = models.CharField(max_length=255, default="", db_default="")
    expires_at = models.DateTimeField(null=True)
    correlation_id = models.CharField(max_length=64)
    causation_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent, not empty, on the wire
    traceparent = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent, not empty, on the wire
    actor = models.CharField(max_length=128)
    delay_seconds = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    claimed_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=128, null=True)  # noqa: DJ001 - nobody has claimed it yet
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_message"
        indexes = [
            models.Index(fields=["id"], name="outbox_unpublished", condition=models.Q(published_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.message_id}"
