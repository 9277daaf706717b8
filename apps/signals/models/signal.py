"""The record of advice: append-only. Status and outcome move forward; a trigger guards all else."""

from django.db import models
from django.db.models import Q

from apps.kernel.clock import ClockTimestamp
from apps.kernel.ids import uuid7
from apps.signals.enums import Outcome, SignalStatus, SignalType, Timeframe
from apps.signals.models.market import exact
from apps.signals.models.strategy import Strategy


class SignalCounter(models.Model):
    """The last sequence of a (strategy, symbol); locking its row puts their signals in order."""

    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT)
    symbol = models.CharField(max_length=32)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["strategy", "symbol"], name="signal_counter_once")]

    def __str__(self) -> str:
        return f"{self.strategy_id} {self.symbol}: {self.last}"


class Signal(models.Model):
    """One piece of advice, or a revision of it. `bar_time` is the open of the bar at whose close it was known."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="signals")
    strategy_code = models.CharField(max_length=64)
    strategy_version = models.PositiveIntegerField()
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4, choices=Timeframe.choices)
    type = models.CharField(max_length=4, choices=SignalType.choices)
    price = exact()
    target = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    stop_loss = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    confidence = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    analysis = models.TextField()
    evidence = models.JSONField(default=list)
    bar_time = models.DateTimeField()
    data_as_of = models.DateTimeField()
    generated_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField()
    expires_after_bars = models.PositiveSmallIntegerField()
    horizon_bars = models.PositiveSmallIntegerField()
    sequence = models.PositiveBigIntegerField()
    revision = models.PositiveSmallIntegerField(default=0)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by", editable=False
    )
    correlation_id = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=SignalStatus.choices, default=SignalStatus.ACTIVE)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.NONE)
    decided_at = models.DateTimeField(null=True, help_text="Close of the bar that decided the outcome.")
    hypothetical_return = models.DecimalField(
        max_digits=20, decimal_places=10, null=True, help_text="From price to outcome, before fees."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["strategy", "symbol", "bar_time", "revision"], name="signal_once_per_bar"),
            models.UniqueConstraint(fields=["strategy", "symbol", "sequence", "revision"], name="signal_sequence_once"),
            models.CheckConstraint(condition=Q(type__in=[SignalType.BUY, SignalType.SELL]), name="signal_is_advice"),
            models.CheckConstraint(
                condition=Q(type=SignalType.BUY) | Q(target__isnull=True, stop_loss__isnull=True),
                name="signal_sell_has_no_levels",
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="signal_price_positive"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(0, 100)), name="signal_confidence_percent"
            ),
            models.CheckConstraint(condition=Q(status__in=SignalStatus.values), name="signal_status_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="signal_outcome_known"),
        ]
        indexes = [
            models.Index(fields=["symbol", "timeframe"], name="signal_open", condition=Q(status="active")),
            models.Index(
                fields=["symbol", "timeframe"], name="signal_undecided", condition=Q(type="BUY", outcome="none")
            ),
            models.Index(fields=["-bar_time", "-id"], name="signal_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.symbol} {self.strategy_code} {self.bar_time:%Y-%m-%dT%H:%MZ}"
