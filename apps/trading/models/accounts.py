"""Trading accounts, what their owners may do, and the platform's switch."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from apps.kernel.ledger.models import LedgerAccount
from apps.kernel.standings import StandingCopy
from apps.trading.enums import KillSwitch


class Account(models.Model):
    """A paper account of a person. Cash, limits and kill switch belong to the account, positions to its follows."""

    user_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=80)
    venue = models.CharField(max_length=16, default="paper", choices=[("paper", "Paper")])
    currency = models.CharField(max_length=12)
    status = models.CharField(max_length=16, default="ACTIVE", choices=[("ACTIVE", "Active"), ("CLOSED", "Closed")])
    fee_bps = models.DecimalField(max_digits=8, decimal_places=4, default=Decimal(10))
    slippage_bps = models.DecimalField(max_digits=8, decimal_places=4, default=Decimal(0))
    max_open_positions = models.PositiveIntegerField(null=True, blank=True)
    daily_loss_limit_pct = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    kill_switch = models.CharField(max_length=8, choices=KillSwitch.choices, default=KillSwitch.ACTIVE)
    cash_ledger = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+", editable=False)
    positions_ledger = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    realised_ledger = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "name"], name="trading_account_name_once"),
            models.CheckConstraint(
                condition=models.Q(fee_bps__gte=0, fee_bps__lt=10000, slippage_bps__gte=0, slippage_bps__lt=10000),
                name="trading_account_costs",
            ),
            models.CheckConstraint(
                condition=models.Q(kill_switch__in=KillSwitch.values), name="trading_account_switch"
            ),
            models.CheckConstraint(condition=models.Q(daily_loss_limit_pct__gt=0), name="trading_account_loss_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class Entitlement(StandingCopy):
    """Trading's copy of a person's standing, kept by `user.subscription.changed`."""

    features = models.JSONField(default=dict)
    auto_execute = models.BooleanField(default=False)


class PlatformSwitch(models.Model):
    """The kill switch of everything: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    kill_switch = models.CharField(max_length=8, choices=KillSwitch.choices, default=KillSwitch.ACTIVE)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=128, default="", blank=True)

    class Meta:
        verbose_name_plural = "platform switches"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="trading_one_platform_switch"),
            models.CheckConstraint(
                condition=models.Q(kill_switch__in=KillSwitch.values), name="trading_platform_switch"
            ),
        ]

    def __str__(self) -> str:
        return self.kill_switch
