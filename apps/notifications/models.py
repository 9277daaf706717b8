"""What people were told, and which of it still has to reach their open screens."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import uuid7
from apps.notifications.enums import DeliveryStatus, Kind


class LiveBatch(models.Model):
    """Notifications made together, to be pushed live together: those of this batch from `first_id` to `last_id`."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    first_id = models.UUIDField()
    last_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    pushed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_live_batch"
        verbose_name_plural = "live batches"
        indexes = [
            models.Index(fields=["asked_at"], name="live_batch_waiting", condition=models.Q(pushed_at__isnull=True)),
            models.Index(fields=["pushed_at"], name="live_batch_pushed_at"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Notification(models.Model):
    """One thing that one person was told. `subject_id` is what it is about: a fill, an order."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    kind = models.CharField(max_length=32, choices=Kind)
    subject_id = models.UUIDField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    data = models.JSONField()
    correlation_id = models.CharField(max_length=64)
    batch_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_notification"
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "kind"], name="notification_once_per_subject"),
        ]
        indexes = [
            models.Index(fields=["user_id", "id"], name="notification_of_user"),
        ]

    def __str__(self) -> str:
        return self.title


class ToldPlan(models.Model):
    """The plan that a person was last told of, and the version of the standing that it comes from."""

    user_id = models.UUIDField(primary_key=True)
    version = models.PositiveIntegerField(default=0)
    plan = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "notifications_told_plan"

    def __str__(self) -> str:
        return f"{self.plan} v{self.version}"


class Delivery(models.Model):
    """One mail on its way: one that somebody ordered (`mail_id`), or the mail of a notification.

    To whom it goes is asked when it is sent, and never kept; so is what an ordered mail says.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    mail_id = models.UUIDField(unique=True, null=True)
    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, null=True, related_name="delivery")
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=8, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    correlation_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    leased_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mail_id__isnull=True) ^ models.Q(notification__isnull=True),
                name="delivery_of_one_thing",
            )
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="delivery_waiting", condition=models.Q(status="pending")),
            models.Index(fields=["settled_at"], name="delivery_settled_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"


class ErasedPerson(models.Model):
    """Someone who was erased, so that what is heard of them afterwards is told to nobody."""

    user_id = models.UUIDField(primary_key=True)
    erased_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "notifications_erased_person"

    def __str__(self) -> str:
        return str(self.user_id)
