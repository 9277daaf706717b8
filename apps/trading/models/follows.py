"""Who follows which strategy on which terms. Terms are versions of a roster, so membership is exact at any signal."""

from django.db import models
from django.db.models.functions import Now

from apps.trading.enums import FollowState, KillSwitch, Sizing
from apps.trading.models.accounts import Account
from apps.trading.models.fields import CashField, QuantityField


class StrategyRoster(models.Model):
    """The followers of a strategy as a whole. Its row is locked to change a follow and to open an execution."""

    strategy_id = models.BigIntegerField(primary_key=True)
    strategy = models.CharField(max_length=64, default="", blank=True)
    version = models.PositiveBigIntegerField(default=0)
    places = models.PositiveBigIntegerField(default=0)
    shards = models.PositiveIntegerField(default=0)
    kill_switch = models.CharField(max_length=8, choices=KillSwitch.choices, default=KillSwitch.ACTIVE)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kill_switch__in=KillSwitch.values), name="trading_roster_switch")
        ]

    def __str__(self) -> str:
        return f"{self.strategy or self.strategy_id} v{self.version}"


class Follow(models.Model):
    """An account follows a strategy. Its shard is fixed when it is made."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="follows")
    roster = models.ForeignKey(StrategyRoster, on_delete=models.PROTECT, related_name="follows", db_index=False)
    user_id = models.UUIDField(db_index=True)
    shard = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=FollowState.choices, default=FollowState.ACTIVE)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["roster", "shard"], name="trading_follow_shard")]
        constraints = [
            models.UniqueConstraint(
                fields=["roster", "account"],
                condition=~models.Q(state=FollowState.ENDED),
                name="trading_follow_once",
            ),
            models.CheckConstraint(condition=models.Q(state__in=FollowState.values), name="trading_follow_state"),
        ]

    def __str__(self) -> str:
        return f"follow {self.pk}"


class FollowTerms(models.Model):
    """The terms of a follow from one roster version up to another; the latest have no end."""

    follow = models.ForeignKey(Follow, on_delete=models.PROTECT, related_name="terms")
    roster_id = models.BigIntegerField()
    shard = models.PositiveIntegerField()
    from_version = models.PositiveBigIntegerField()
    to_version = models.PositiveBigIntegerField(null=True)
    active = models.BooleanField(default=True)
    sizing = models.CharField(max_length=20, choices=Sizing.choices)
    sizing_value = QuantityField(null=True)
    max_notional_per_order = CashField(null=True)
    max_price_deviation_bps = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    max_signal_age_bars = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name_plural = "follow terms"
        indexes = [models.Index(fields=["roster_id", "shard", "from_version"], name="trading_terms_members")]
        constraints = [
            models.UniqueConstraint(
                fields=["follow"], condition=models.Q(to_version__isnull=True), name="trading_terms_one_current"
            ),
            models.CheckConstraint(
                condition=models.Q(to_version__isnull=True) | models.Q(to_version__gt=models.F("from_version")),
                name="trading_terms_forward",
            ),
            models.CheckConstraint(
                condition=(models.Q(sizing=Sizing.ALL_IN) & models.Q(sizing_value__isnull=True))
                | (~models.Q(sizing=Sizing.ALL_IN) & models.Q(sizing_value__gt=0, sizing_value__isnull=False)),
                name="trading_terms_sizing",
            ),
        ]

    def __str__(self) -> str:
        return f"terms of {self.follow_id} from {self.from_version}"
