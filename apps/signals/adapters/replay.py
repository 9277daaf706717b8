"""Market data from stored candles: the tape that a replay's clock runs along."""

from dataclasses import dataclass
from datetime import datetime

from apps.signals.models import Candle, Series
from apps.signals.ports import MarketBar, Opening, Tape


@dataclass(frozen=True, slots=True)
class ReplayMarketData:
    """Stored candles as if they closed one after another; `bars_left` ends the tape early."""

    bars_left: int | None = None
    simulated: bool = True

    def bars_after(self, symbol: str, *, timeframe: str, after: datetime | None, limit: int) -> Tape:
        """Return the next bars of the tape. The end of the tape shows no next opening."""
        series = Series.objects.filter(instrument__symbol=symbol, timeframe=timeframe)
        candles = Candle.objects.filter(series=series.values("pk")[:1])
        if after is not None:
            candles = candles.filter(open_time__gt=after)
        ahead = limit + 1 if self.bars_left is None else min(limit + 1, self.bars_left)
        rows = candles.order_by("open_time").values_list("open_time", "open", "high", "low", "close", "volume")
        bars = [MarketBar(*row) for row in rows[:ahead]]
        following = bars[limit:]
        return Tape(bars[:limit], Opening(following[0].open_time, following[0].open) if following else None)
