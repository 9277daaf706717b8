"""Messages that nobody could take, kept where staff see them, with who did what about them and when."""

from django.db import models

from apps.kernel.clock import ClockTimestamp


class DeadLetter(models.Model):
    """One message that was refused, exhausted, expired or unroutable; its later deaths count up on the same row."""

    class Status(models.TextChoices):
        NEW = "new"
        REPLAYED = "replayed"
        ARCHIVED = "archived"

    id = models.BigAutoField(primary_key=True)
    queue = models.CharField(max_length=128)
    message_id = models.CharField(max_length=64)
    handler = models.CharField(max_length=128, default="", blank=True)
    type = models.CharField(max_length=128, default="", blank=True)
    reason = models.CharField(max_length=32)
    error_class = models.CharField(max_length=128, default="", blank=True)
    error = models.TextField(default="", blank=True)
    stack_hash = models.CharField(max_length=64, default="", blank=True)
    attempts = models.PositiveIntegerField(default=1)
    deaths = models.PositiveIntegerField(default=0)
    correlation_id = models.CharField(max_length=64, default="", blank=True)
    content_type = models.CharField(max_length=128, default="", blank=True)
    headers = models.JSONField(default=dict, blank=True)
    x_death = models.JSONField(default=list, blank=True)
    payload = models.BinaryField(null=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    first_died_at = models.DateTimeField(db_default=ClockTimestamp())
    last_died_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "dead_letter"
        constraints = [models.UniqueConstraint(fields=["queue", "message_id", "handler"], name="dead_letter_once")]
        indexes = [models.Index(fields=["status", "type", "error_class"], name="dead_letter_groups")]

    def __str__(self) -> str:
        return f"{self.type or self.queue} {self.message_id}: {self.error or self.reason}"


class DeadLetterAction(models.Model):
    """What somebody did about a dead letter."""

    dead_letter = models.ForeignKey(DeadLetter, on_delete=models.CASCADE, related_name="actions")
    action = models.CharField(max_length=16, choices=[("replay", "replay"), ("archive", "archive")])
    actor = models.CharField(max_length=128)
    at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "dead_letter_action"

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
