"""What signals and candles can be filtered by."""

from django_filters import rest_framework as filters

from apps.signals.enums import Outcome, SignalStatus, SignalType, Timeframe
from apps.signals.models import Candle, Instrument, Signal, Strategy

ADVICE = [(SignalType.BUY.value, "BUY"), (SignalType.SELL.value, "SELL")]


class SignalFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """By symbol, strategy, type, status, outcome and the time of the bar."""

    symbol = filters.CharFilter(label="Exact symbol, such as BTC-USDT.")
    strategy = filters.CharFilter("strategy_code", label="Code of the strategy.")
    timeframe = filters.ChoiceFilter(choices=Timeframe.choices)
    type = filters.ChoiceFilter(choices=ADVICE)
    status = filters.ChoiceFilter(choices=SignalStatus.choices)
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    since = filters.IsoDateTimeFilter("bar_time", "gte", label="Bars that opened at this moment or later.")
    until = filters.IsoDateTimeFilter("bar_time", "lt", label="Bars that opened before this moment.")

    class Meta:
        model = Signal
        fields: tuple[str, ...] = ()


class InstrumentFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """By quote currency."""

    quote_currency = filters.CharFilter()

    class Meta:
        model = Instrument
        fields: tuple[str, ...] = ()


class CandleFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """Candles are asked for by symbol and timeframe, and by time."""

    symbol = filters.CharFilter("series__instrument__symbol", required=True, label="Exact symbol, such as BTC-USDT.")
    timeframe = filters.ChoiceFilter("series__timeframe", choices=Timeframe.choices, required=True)
    since = filters.IsoDateTimeFilter("open_time", "gte", label="Bars that opened at this moment or later.")
    until = filters.IsoDateTimeFilter("open_time", "lt", label="Bars that opened before this moment.")

    class Meta:
        model = Candle
        fields: tuple[str, ...] = ()


class StrategyFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """By code and timeframe."""

    code = filters.CharFilter()
    timeframe = filters.ChoiceFilter(choices=Timeframe.choices)

    class Meta:
        model = Strategy
        fields: tuple[str, ...] = ()
