"""Views of the signals context: each parses a filter, reads a selector and renders."""

from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.kept import KeptAnswers
from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation, operations
from apps.kernel.clock import now
from apps.kernel.features import NotInPlan
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
from apps.signals.rules.sight import FULL_SIGHT, Sight

M = TypeVar("M", bound=Model)

OF_REALTIME = frozenset({"status", "outcome"})
"""Filters by what only those see who see signals at once."""


class SeesSignals(GenericViewSet[M]):
    """A view whose answers depend on how its caller sees signals."""

    @cached_property
    def sight(self) -> Sight:
        """How the caller sees signals; all of them while only the document of the API is drawn."""
        if getattr(self, "swagger_fake_view", False):
            return FULL_SIGHT
        return selectors.sight_of(caller_id(self.request), at=now())


@operations(
    list=operation("List signals, the newest bars first", example=examples.SIGNAL, errors=(NotInPlan,)),
    retrieve=operation("Show a signal", example=examples.SIGNAL),
)
class SignalViewSet(ListModelMixin, RetrieveModelMixin, SeesSignals[Signal]):
    """The record of advice. Nothing is left out of it, and results are hypothetical."""

    queryset = selectors.signals()
    serializer_class = SignalSerializer
    filterset_class = SignalFilter
    ordering = ("-bar_time", "-id")

    def get_queryset(self) -> QuerySet[Signal]:
        """Return the signals that the caller sees already."""
        rows: QuerySet[Signal] = super().get_queryset()
        return selectors.seen(rows, self.sight, at=now())

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter, but not by what the caller does not see. Raises NotInPlan."""
        if not self.sight.realtime and (asked := OF_REALTIME & set(self.request.query_params)):
            raise NotInPlan(what=f"A filter by {' and '.join(sorted(asked))}", feature="signals.realtime")
        return super().filter_queryset(queryset)

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell the serializer how the caller sees."""
        return {**super().get_serializer_context(), "sight": self.sight}


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
class StrategyViewSet(KeptAnswers, ListModelMixin, RetrieveModelMixin, SeesSignals[Strategy]):
    """What can be followed. The track record counts every signal; it is hypothetical and before fees."""

    queryset = selectors.strategies()
    serializer_class = StrategySerializer
    filterset_class = StrategyFilter
    ordering = ("id",)
    kept_as = selectors.STRATEGIES_KEPT
    kept_of = DATABASE

    def seen_by(self) -> str:
        """Name those who see signals in the same way."""
        return f"{self.sight} "

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Return a page of strategies with their track records."""
        return self._with_records(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Strategy:
        """Return one strategy with its track record."""
        return self._with_records([super().get_object()])[0]

    def _with_records(self, found: list[Strategy]) -> list[Strategy]:
        return selectors.with_track_records(found, self.sight, at=now())
