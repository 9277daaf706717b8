"""Staff's view of signals: strategies, schedules and instruments to edit, replays and the record to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import AuditedAdmin, ReadOnlyAdmin
from apps.signals import services
from apps.signals.models import Entitlement, Instrument, Replay, Schedule, Series, Signal, Strategy


@admin.register(Strategy)
class StrategyAdmin(AuditedAdmin):
    """Names and descriptions can be edited, and a strategy can be switched off; its parameters are its identity."""

    list_display = ("code", "version", "timeframe", "name", "enabled")
    list_filter = ("enabled", "timeframe", "code")
    search_fields = ("code", "name")
    readonly_fields = ("code", "version", "timeframe", "parameters")

    def save_model(self, request: HttpRequest, obj: Strategy, form: "BaseModelForm[Strategy]", change: bool) -> None:
        """Save by the service, which tells of the change."""
        services.save_strategy(obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A strategy comes from code; its row is seeded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Signals refer to it."""
        return False


@admin.register(Schedule)
class ScheduleAdmin(AuditedAdmin):
    """Which strategy is asked about which symbol on live data."""

    list_display = ("strategy", "symbol", "enabled", "asked_for", "stale_runs")
    list_filter = ("enabled", "strategy__code")
    search_fields = ("symbol",)
    readonly_fields = ("asked_for", "stale_runs")
    list_select_related = ("strategy",)


@admin.register(Instrument)
class InstrumentAdmin(AuditedAdmin):
    """The grid of prices and quantities."""

    list_display = ("symbol", "base_currency", "quote_currency", "tick", "lot", "min_notional", "simulated")
    search_fields = ("symbol",)
    list_filter = ("simulated", "quote_currency")

    def save_model(
        self, request: HttpRequest, obj: Instrument, form: "BaseModelForm[Instrument]", change: bool
    ) -> None:
        """Save by the service, which tells of the change."""
        services.save_instrument(obj)

    def delete_model(self, request: HttpRequest, obj: Instrument) -> None:
        """Delete by the service, which tells of the change."""
        services.remove_instruments([obj.symbol])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Instrument]) -> None:
        """Delete by the service, which tells of the change."""
        services.remove_instruments(list(queryset.values_list("symbol", flat=True)))


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    """How far the market clock of each series has come."""

    list_display = ("instrument", "timeframe", "released_through")
    list_select_related = ("instrument",)


@admin.register(Replay)
class ReplayAdmin(ReadOnlyAdmin):
    """Where each replay stands."""

    list_display = ("id", "series", "pace", "state", "clock", "position", "limit", "finished_at")
    list_filter = ("state", "pace")
    list_select_related = ("series__instrument",)


@admin.register(Signal)
class SignalAdmin(ReadOnlyAdmin):
    """The record."""

    list_display = ("bar_time", "symbol", "type", "strategy_code", "price", "confidence", "status", "outcome")
    list_filter = ("type", "status", "outcome", "strategy_code", "timeframe")
    search_fields = ("symbol", "correlation_id")
    date_hierarchy = "bar_time"
    show_full_result_count = False


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """What signals believes people may see."""

    list_display = ("user_id", "realtime", "delay_minutes", "targets", "valid_until", "standing_version")
    list_filter = ("realtime", "targets")
    search_fields = ("=user_id",)
