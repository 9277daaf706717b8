"""How a signal reaches its followers: the execution, its shards' turns, and the decision for each follow."""

from django.db import models
from django.db.models.functions import Now

from apps.trading.enums import DecisionCode, ExecutionStatus, Side
from apps.trading.models.fields import QuantityField
from apps.trading.models.follows import Follow, StrategyRoster


class Series(models.Model):
    """The signals of a strategy on a symbol, numbered without gaps: how far they have been opened, in order."""

    pk = models.CompositePrimaryKey("strategy_id", "symbol")
    strategy_id = models.BigIntegerField()
    symbol = models.CharField(max_length=32)
    opened = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return f"{self.strategy_id} {self.symbol} at {self.opened}"


class Execution(models.Model):
    """Trading's copy of a signal, and how far its execution has come."""

    signal_id = models.UUIDField(unique=True)
    roster = models.ForeignKey(StrategyRoster, on_delete=models.PROTECT, related_name="executions", db_index=False)
    strategy = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=8)
    side = models.CharField(max_length=4, choices=Side.choices)
    price = QuantityField()
    target = QuantityField(null=True)
    stop = QuantityField(null=True)
    bar_time = models.DateTimeField()
    expiry = models.DateTimeField()
    expires_after_bars = models.PositiveIntegerField()
    sequence = models.PositiveBigIntegerField()
    revision = models.PositiveIntegerField(default=0)
    signalled_at = models.DateTimeField()
    expired = models.BooleanField(default=False)
    status = models.CharField(max_length=12, choices=ExecutionStatus.choices, default=ExecutionStatus.NOTED)
    roster_version = models.PositiveBigIntegerField(null=True)
    shards_total = models.PositiveIntegerField(default=0)
    shards_left = models.PositiveIntegerField(default=0)
    decisions = models.JSONField(default=dict)
    correlation_id = models.CharField(max_length=64)
    causation_id = models.CharField(max_length=64)
    traceparent = models.CharField(max_length=64)
    noted_at = models.DateTimeField(db_default=Now())
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster", "symbol", "sequence"], name="trading_execution_sequence"),
            models.CheckConstraint(
                condition=models.Q(shards_left__lte=models.F("shards_total")), name="trading_execution_shards"
            ),
        ]
        indexes = [
            models.Index(
                fields=["symbol", "timeframe", "bar_time"],
                condition=~models.Q(status=ExecutionStatus.COMPLETED),
                name="trading_execution_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol} #{self.sequence} of {self.strategy}"


class ShardCursor(models.Model):
    """The last signal of a series that a shard of followers has taken. Its row is the shard's turnstile."""

    pk = models.CompositePrimaryKey("strategy_id", "symbol", "shard")
    strategy_id = models.BigIntegerField()
    symbol = models.CharField(max_length=32)
    shard = models.PositiveIntegerField()
    sequence = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.strategy_id}/{self.symbol}/{self.shard}: {self.sequence}"


class SettlementBatch(models.Model):
    """One transaction in which a shard took a signal, or had its waiting orders filled.

    `booked_at` is the database's clock in the last statement before the commit.
    """

    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="batches", db_index=False)
    shard = models.PositiveIntegerField()
    leg = models.CharField(max_length=8, default="taken", choices=[("taken", "Taken"), ("filled", "Filled later")])
    price = QuantityField(null=True)
    executed_at = models.DateTimeField(null=True)
    fills = models.PositiveIntegerField(default=0)
    decisions = models.JSONField(default=dict)
    booked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "settlement batches"
        constraints = [
            models.UniqueConstraint(fields=["execution", "shard", "leg"], name="trading_batch_once"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Decision(models.Model):
    """What a signal meant for one follow, and why: exactly one for each member of its execution."""

    pk = models.CompositePrimaryKey("execution_id", "follow_id")
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="followed", db_index=False)
    follow = models.ForeignKey(Follow, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    code = models.CharField(max_length=32, choices=DecisionCode.choices)
    detail = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["follow", "execution"], name="trading_decision_of_follow")]

    def __str__(self) -> str:
        return self.code
