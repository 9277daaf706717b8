"""Answers that are kept for a day, beside the effects that they tell of."""

from datetime import timedelta

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.crypto.fields import SealedTextField

KEPT_FOR = timedelta(hours=24)


class KeptAnswer(models.Model):
    """The answer to one request of one caller. Its body is sealed, for it may show a secret that is shown once."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=128, help_text="Whose key it is.")
    route = models.CharField(max_length=128)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = SealedTextField()
    created_at = models.DateTimeField(db_default=ClockTimestamp(), db_index=True)

    class Meta:
        db_table = "idempotency_kept_answer"
        constraints = [models.UniqueConstraint(fields=["principal", "route", "key"], name="kept_answer_once")]

    def __str__(self) -> str:
        return f"{self.route} {self.status}"
