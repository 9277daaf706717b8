"""Who pays, with which card, and who has had a trial."""

from django.db import models
from django.db.models.functions import Now

from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.ids import uuid7
from apps.payments.enums import TrialMark
from apps.payments.models.fields import CountryField


class Customer(models.Model):
    """A person as a payer. The row is locked first by whatever changes something of theirs.

    `standing_version` counts what was stated about the person in `subscription.changed`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(unique=True)
    country = CountryField(blank=True, default="")
    provider = models.CharField(max_length=16, blank=True, default="")
    provider_customer_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    default_method = models.ForeignKey(
        "PaymentMethod", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    standing_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.pk)


class PaymentMethod(models.Model):
    """A card that the provider keeps for a customer. A forgotten one stays for the payments made with it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="methods")
    provider_method_id = models.CharField(max_length=255, unique=True)
    brand = models.CharField(max_length=32)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="A digest of the provider's.")
    created_at = models.DateTimeField(db_default=Now())
    detached_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.brand} ···· {self.last4}"


class TrialUse(models.Model):
    """A digest of what someone who had a trial is known again by. It outlives their data, and leads to nobody."""

    mark = models.CharField(max_length=8, choices=TrialMark)
    digest = models.CharField(max_length=64)
    subscription_id = models.UUIDField(db_index=True)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mark", "digest"], name="payments_trial_once")]

    def __str__(self) -> str:
        return self.mark


class TrialSecret(models.Model):
    """What the digests of trials are keyed with. Sealed, and never renewed: new digests would know nobody again."""

    secret = SealedTextField()

    def __str__(self) -> str:
        return "sealed"


class BillingClock(models.Model):
    """How far the clock of billing is ahead of the wall's. Only the sandbox lets it be moved; no row is no lead."""

    ahead = models.DurationField()

    def __str__(self) -> str:
        return f"+{self.ahead}"
