"""What is traded and how its price moved. Candles keep the digits that their source wrote."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from apps.signals.enums import Timeframe

FINEST_STEP = Decimal("1e-8")


def exact() -> "models.DecimalField[Decimal, Decimal]":
    """Return a column for quantities and prices that we publish."""
    return models.DecimalField(max_digits=38, decimal_places=18)


def as_written() -> "models.DecimalField[Decimal, Decimal]":
    """Return a column wide enough for every digit of a float written out, down to prices of 1e-10."""
    return models.DecimalField(max_digits=48, decimal_places=28)


class Instrument(models.Model):
    """A symbol with the grid its prices and quantities lie on."""

    symbol = models.CharField(max_length=32, unique=True)
    base_currency = models.CharField(max_length=16)
    quote_currency = models.CharField(max_length=16)
    tick = models.DecimalField(max_digits=38, decimal_places=18, default=FINEST_STEP)
    lot = models.DecimalField(max_digits=38, decimal_places=18, default=FINEST_STEP)
    min_notional = models.DecimalField(max_digits=38, decimal_places=18, default=Decimal(0))
    simulated = models.BooleanField(default=True, help_text="Its market clock is a replay's, not the wall's.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tick__gt=0), name="instrument_tick_positive"),
            models.CheckConstraint(condition=Q(lot__gt=0), name="instrument_lot_positive"),
            models.CheckConstraint(condition=Q(min_notional__gte=0), name="instrument_min_notional_not_negative"),
        ]

    def __str__(self) -> str:
        return self.symbol


class Series(models.Model):
    """The candles of an instrument on one timeframe. What was released can never change again."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="series")
    timeframe = models.CharField(max_length=4, choices=Timeframe.choices)
    released_through = models.DateTimeField(
        null=True, blank=True, help_text="Open time of the latest bar that any market clock has closed."
    )

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["instrument", "timeframe"], name="series_once_per_timeframe"),
            models.CheckConstraint(condition=Q(timeframe__in=Timeframe.values), name="series_timeframe_known"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.timeframe}"


class Candle(models.Model):
    """One bar. `open_time` is when it opened; it is known when it has closed."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="candles")
    open_time = models.DateTimeField()
    open = as_written()
    high = as_written()
    low = as_written()
    close = as_written()
    volume = as_written()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "open_time"], name="candle_once_per_time"),
            models.CheckConstraint(
                condition=Q(low__gt=0, volume__gte=0)
                & Q(low__lte=F("open"))
                & Q(low__lte=F("close"))
                & Q(high__gte=F("open"))
                & Q(high__gte=F("close")),
                name="candle_consistent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.open_time:%Y-%m-%dT%H:%MZ}"
