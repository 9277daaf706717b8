"""A strategy as a row (code, version, parameters, timeframe), and the schedule that staff edit."""

from django.db import models

from apps.signals.enums import Timeframe


class Strategy(models.Model):
    """One strategy that can be followed. Other parameters are another version, never an edit."""

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    timeframe = models.CharField(max_length=4, choices=Timeframe.choices)
    name = models.CharField(max_length=128)
    description = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "strategies"
        constraints = [
            models.UniqueConstraint(fields=["code", "version", "timeframe"], name="strategy_once_per_version"),
            models.CheckConstraint(condition=models.Q(timeframe__in=Timeframe.values), name="strategy_timeframe_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version} {self.timeframe}"


class Schedule(models.Model):
    """Ask a strategy about a symbol at the close of each of its bars, on live market data."""

    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="schedules")
    symbol = models.CharField(max_length=32)
    enabled = models.BooleanField(default=True)
    asked_for = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Open time of the bar last asked about."
    )
    stale_runs = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often the data was too old to make a signal."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["strategy", "symbol"], name="schedule_once_per_symbol")]

    def __str__(self) -> str:
        return f"{self.strategy} on {self.symbol} at bar close"
