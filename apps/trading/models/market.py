"""Trading's own copy of the market: bars as they closed, and the market clock of each series."""

from django.db import models
from django.db.models.functions import Now

from apps.trading.models.fields import QuantityField


class Quote(models.Model):
    """The market clock of a symbol and timeframe: its last closed bar and the rules of the instrument.

    The row is locked to note a bar and to open an execution, so that neither misses the other.
    """

    pk = models.CompositePrimaryKey("symbol", "timeframe")
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=8)
    bar_time = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close = QuantityField(null=True)
    currency = models.CharField(max_length=12, default="")
    tick = QuantityField(null=True)
    lot = QuantityField(null=True)
    min_notional = QuantityField(default=0)
    simulated = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe} {self.close}"


class MarketBar(models.Model):
    """A closed bar. `next_open` is null while the market has not shown the open of the bar after it."""

    pk = models.CompositePrimaryKey("symbol", "timeframe", "bar_time")
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=8)
    bar_time = models.DateTimeField()
    closed_at = models.DateTimeField()
    open = QuantityField()
    close = QuantityField()
    next_open = QuantityField(null=True)
    next_open_at = models.DateTimeField(null=True)
    noted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe} {self.bar_time}"
