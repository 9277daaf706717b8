"""How customers are subscribed."""

from django.db import models
from django.db.models.functions import Now

from apps.kernel.ids import uuid7
from apps.payments.enums import SubscriptionStatus
from apps.payments.models.catalogue import Price
from apps.payments.models.customers import Customer

OVER = (SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED)


class Subscription(models.Model):
    """A customer's subscription to a price. A customer has one that is not over, at most.

    `version` counts its transitions. Periods are counted from `billing_anchor`, so that an end of month stays one.
    `next_action_at` is when the sweeper looks at it: the end of its period, its trial, its checkout, its grace.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    next_price = models.ForeignKey(
        Price, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Downgrade at period end."
    )
    status = models.CharField(max_length=18, choices=SubscriptionStatus, default=SubscriptionStatus.INCOMPLETE)
    version = models.PositiveIntegerField(default=0)
    billing_anchor = models.DateTimeField()
    period_number = models.PositiveIntegerField(
        default=0, help_text="Which period since the anchor is the current one."
    )
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    trial_end = models.DateTimeField(null=True, blank=True)
    trial_reminded_at = models.DateTimeField(null=True, blank=True)
    cancel_at_period_end = models.BooleanField(default=False)
    past_due_since = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=32, blank=True, default="")
    setup_id = models.CharField(max_length=255, blank=True, default="", help_text="The provider's setup for a trial.")
    checkout_url = models.TextField(blank=True, default="")
    next_action_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_action_at"],
                condition=models.Q(next_action_at__isnull=False),
                name="payments_subscription_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=~models.Q(status__in=OVER), name="payments_one_subscription"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=SubscriptionStatus.values), name="payments_subscription_status"
            ),
            models.CheckConstraint(
                condition=models.Q(current_period_end__gt=models.F("current_period_start")),
                name="payments_period_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class SubscriptionTransition(models.Model):
    """Which status may follow which: rules/lifecycle.py, as the database reads it."""

    pk = models.CompositePrimaryKey("before", "after")
    before = models.CharField(max_length=18)
    after = models.CharField(max_length=18)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class SubscriptionChange(models.Model):
    """What happened to a subscription: one row for each version, never edited. Churn and MRR are counted from these."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    before = models.CharField(max_length=18, blank=True, default="")
    after = models.CharField(max_length=18)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=32)
    changed_at = models.DateTimeField(help_text="On the billing clock.")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "version"], name="payments_change_once")]
        indexes = [models.Index(fields=["changed_at"], name="payments_change_time")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
