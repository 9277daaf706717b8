"""Views of the signals context: each parses a filter, reads a selector and renders."""

from typing import Any

from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.kept import KeptAnswers
from apps.kernel.api.schema import operation, operations
from apps.signals import selectors
from apps.signals.api import examples
from apps.signals.api.filters import CandleFilter, InstrumentFilter, SignalFilter, StrategyFilter
from apps.signals.api.serializers import (
    CandleSerializer,
    InstrumentSerializer,
    SignalSerializer,
    StrategySerializer,
)
from apps.signals.apps import DATABASE
from apps.signals.models import Candle, Instrument, Signal, Strategy


@operations(
    list=operation("List signals, the newest bars first", example=examples.SIGNAL),
    retrieve=operation("Show a signal", example=examples.SIGNAL),
)
class SignalViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Signal]):
    """The record of advice. Nothing is left out of it, and results are hypothetical."""

    queryset = selectors.signals()
    serializer_class = SignalSerializer
    filterset_class = SignalFilter
    ordering = ("-bar_time", "-id")


@operations(
    list=operation("List instruments", example=examples.INSTRUMENT),
    retrieve=operation("Show an instrument", example=examples.INSTRUMENT),
)
class InstrumentViewSet(KeptAnswers, ListModelMixin, RetrieveModelMixin, GenericViewSet[Instrument]):
    """What there are signals on, with tick, lot and smallest order."""

    queryset = selectors.instruments()
    serializer_class = InstrumentSerializer
    filterset_class = InstrumentFilter
    ordering = ("symbol",)
    lookup_field = "symbol"
    lookup_value_regex = r"[A-Za-z0-9._-]{1,32}"
    kept_as = selectors.INSTRUMENTS_KEPT
    kept_of = DATABASE


@operations(list=operation("List closed candles of a symbol, the newest first", example=examples.CANDLE))
class CandleViewSet(ListModelMixin, GenericViewSet[Candle]):
    """The bars that the market clock has closed; those ahead of it are not shown."""

    queryset = selectors.released_candles()
    serializer_class = CandleSerializer
    filterset_class = CandleFilter
    ordering = ("-open_time", "-id")


@operations(
    list=operation("List strategies with their track record", example=examples.STRATEGY),
    retrieve=operation("Show a strategy with its track record", example=examples.STRATEGY),
)
class StrategyViewSet(KeptAnswers, ListModelMixin, RetrieveModelMixin, GenericViewSet[Strategy]):
    """What can be followed. The track record counts every signal; it is hypothetical and before fees."""

    queryset = selectors.strategies()
    serializer_class = StrategySerializer
    filterset_class = StrategyFilter
    ordering = ("id",)
    kept_as = selectors.STRATEGIES_KEPT
    kept_of = DATABASE

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Return a page of strategies with their track records."""
        return selectors.with_track_records(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Strategy:
        """Return one strategy with its track record."""
        return selectors.with_track_records([super().get_object()])[0]
