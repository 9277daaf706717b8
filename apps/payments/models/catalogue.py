"""What is sold: plans, the features they bring, their prices, and the taxes on them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now

from apps.kernel.money import written
from apps.payments.enums import FeatureKind, Interval, TaxBehavior
from apps.payments.models.fields import AmountField, CountryField, CurrencyField, PercentageField


class Feature(models.Model):
    """Something that plans bring in different measure. Everything is gated on these, never on a plan's name."""

    code = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=8, choices=FeatureKind)
    description = models.TextField()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Plan(models.Model):
    """What can be subscribed to. Everyone without a subscription has the one that is `fallback`."""

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    description = models.TextField(blank=True)
    rank = models.PositiveSmallIntegerField(help_text="A change to a higher rank is an upgrade.")
    trial_days = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True, help_text="Whether it is on sale.")
    fallback = models.BooleanField(default=False)

    class Meta:
        ordering = ("rank",)
        constraints = [
            models.UniqueConstraint(
                fields=["fallback"], condition=models.Q(fallback=True), name="payments_one_fallback"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlanFeature(models.Model):
    """How much of a feature a plan brings: a boolean, an integer or a text, as the feature's kind says."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="features")
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="+")
    value = models.JSONField()

    class Meta:
        ordering = ("feature",)
        constraints = [models.UniqueConstraint(fields=["plan", "feature"], name="payments_feature_once")]

    def __str__(self) -> str:
        return f"{self.feature_id} = {self.value}"


class Price(models.Model):
    """What a plan costs for an interval. An amount never changes: another amount is another price."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    lookup_key = models.SlugField(max_length=64, unique=True)
    currency = CurrencyField()
    interval = models.CharField(max_length=8, choices=Interval)
    interval_count = models.PositiveSmallIntegerField(default=1)
    unit_amount = AmountField()
    tax_behavior = models.CharField(max_length=9, choices=TaxBehavior, default=TaxBehavior.INCLUSIVE)
    active = models.BooleanField(default=True, help_text="Whether it is on sale; who has it keeps it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("plan", "unit_amount")
        constraints = [
            models.CheckConstraint(condition=models.Q(unit_amount__gt=0), name="payments_price_positive"),
            models.CheckConstraint(condition=models.Q(interval_count__gt=0), name="payments_interval_positive"),
        ]

    def __str__(self) -> str:
        every = self.interval if self.interval_count == 1 else f"{self.interval_count} {self.interval}s"
        return f"{self.plan} {written(self.unit_amount, self.currency)} / {every}"


class DateRange(Func):
    """The days from one to another, the last one not among them; without end when it is null."""

    function = "DATERANGE"
    output_field = DateRangeField()


class TaxRate(models.Model):
    """The tax of a country from one day to another. Days of a country never overlap."""

    country = CountryField()
    name = models.CharField(max_length=32, default="VAT")
    percentage = PercentageField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="The first day on which it no longer holds.")

    class Meta:
        ordering = ("country", "valid_from")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percentage__gte=0, percentage__lte=100), name="payments_tax_percentage"
            ),
            ExclusionConstraint(
                name="payments_tax_days",
                expressions=[
                    ("country", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.name} {self.percentage.normalize():f} %"
