"""What the sandbox keeps, as a provider would: nobody reads these tables but through the port."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from apps.payments.ports import IntentStatus, MovementKind, RefundStatus

DIGITS = 20
PLACES = 4
MOST_COPIES = 100
LONGEST_DELAY = 3600
"""So bad the weather can be: a webhook lives for five minutes from its signing, not from what it tells of."""


class AmountField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """An amount in major units."""

    def __init__(self, *args: object, **options: object) -> None:
        options["max_digits"] = DIGITS
        options["decimal_places"] = PLACES
        super().__init__(*args, **options)  # type: ignore[arg-type]


class Customer(models.Model):
    """A customer of the merchant, known to them by `customer_id`."""

    id = models.CharField(max_length=32, primary_key=True)
    customer_id = models.UUIDField(unique=True)
    email = models.EmailField()
    created_at = models.DateTimeField(db_default=Now())


class Card(models.Model):
    """A card that was entered on a page. Its number is not kept; how it behaves is."""

    id = models.CharField(max_length=32, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    brand = models.CharField(max_length=16)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=32)
    behaviour = models.CharField(max_length=32)
    detached = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())


class Intent(models.Model):
    """A payment, or (without an amount) the setup of a card."""

    id = models.CharField(max_length=40, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    amount = AmountField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    status = models.CharField(max_length=24, choices=[(status.value, status.value) for status in IntentStatus])
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True)
    failure_code = models.CharField(max_length=32, blank=True, default="")
    fee = AmountField(null=True)
    refunded = AmountField(default=Decimal(0))
    off_session = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")
    return_url = models.TextField()
    token = models.CharField(max_length=64, unique=True, help_text="What nobody can guess of its page's address.")
    metadata = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(refunded__lte=models.F("amount")),
                name="sandbox_refunded_at_most",
            )
        ]


class Refund(models.Model):
    """Money that went back."""

    id = models.CharField(max_length=40, primary_key=True)
    intent = models.ForeignKey(Intent, on_delete=models.CASCADE)
    amount = AmountField()
    status = models.CharField(max_length=12, choices=[(status.value, status.value) for status in RefundStatus])
    failure_code = models.CharField(max_length=32, blank=True, default="")
    metadata = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)


class Payout(models.Model):
    """A transfer to the merchant's bank."""

    id = models.CharField(max_length=40, primary_key=True)
    amount = AmountField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)


class Movement(models.Model):
    """A line of the merchant's balance."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in MovementKind])
    source_id = models.CharField(max_length=40)
    amount = AmountField()
    fee = AmountField()
    currency = models.CharField(max_length=3)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField(db_default=Now())


class Event(models.Model):
    """Something that happened, and is told by webhook."""

    id = models.CharField(max_length=40, primary_key=True)
    type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)


class UsedKey(models.Model):
    """An idempotency key, what it was used for, and what came of it."""

    key = models.CharField(max_length=255, primary_key=True)
    asked = models.TextField()
    object_id = models.CharField(max_length=40)


class Weather(models.Model):
    """How the sandbox misbehaves, when it is asked to. One row; without it everything goes well.

    `ambiguous` and `unavailable` count the calls to come that are answered so. The rest is about webhooks of what
    happens from `since` on: the share that is lost, the seconds that each is late, how often each is sent, and whether
    they are sent out of order; `seed` decides which.
    """

    ambiguous = models.PositiveIntegerField(default=0)
    unavailable = models.PositiveIntegerField(default=0)
    lose = models.FloatField(default=0)
    delay_seconds = models.PositiveIntegerField(default=0)
    copies = models.PositiveIntegerField(default=1)
    reorder = models.BooleanField(default=False)
    seed = models.IntegerField(default=0)
    since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lose__gte=0, lose__lte=1),
                name="sandbox_lose_is_a_share",
                violation_error_message="The share of lost webhooks is between 0 and 1.",
            ),
            models.CheckConstraint(
                condition=models.Q(copies__gte=1, copies__lte=MOST_COPIES, delay_seconds__lte=LONGEST_DELAY),
                name="sandbox_weather_is_bounded",
                violation_error_message=f"Up to {MOST_COPIES} copies, up to {LONGEST_DELAY} seconds late.",
            ),
        ]


class Delivery(models.Model):
    """An attempt to tell an event by webhook, and what was answered; no status when nobody answered."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    attempt = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "deliveries"
