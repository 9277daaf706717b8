"""Webhooks as they came in, and what the reconciler found."""

from django.db import models
from django.db.models.functions import Now

from apps.payments.enums import DifferenceKind, NoticeStatus
from apps.payments.models.fields import AmountField


class ProviderNotice(models.Model):
    """A verified webhook: that something happened to an object. What happened is asked of the provider."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=24)
    object_id = models.CharField(max_length=255)
    status = models.CharField(max_length=8, choices=NoticeStatus, default=NoticeStatus.RECEIVED)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(help_text="The provider's time.")
    received_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When its task was asked for again last.")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="payments_notice_once")]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(status=NoticeStatus.RECEIVED),
                name="payments_notice_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class Reconciliation(models.Model):
    """One comparison of our books with the provider's objects. `alive_at` is its last sign of life."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=16)
    since = models.DateTimeField()
    started_at = models.DateTimeField(db_default=Now())
    alive_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    compared = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.provider} {self.started_at:%Y-%m-%d %H:%M}"


class Difference(models.Model):
    """Something that stood differently here and at the provider, and whether it was repaired."""

    id = models.BigAutoField(primary_key=True)
    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=24, choices=DifferenceKind)
    object_kind = models.CharField(max_length=24)
    object_id = models.CharField(max_length=255)
    ours = models.TextField(blank=True, default="")
    theirs = models.TextField(blank=True, default="")
    amount = AmountField(null=True)
    repaired = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
