"""Trading, as staff see it: the kill switch at three levels by action, everything else to be read."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.kernel.errors import TreumError
from apps.trading import selectors, services
from apps.trading.apps import DATABASE
from apps.trading.enums import FollowState, KillSwitch
from apps.trading.models import (
    Account,
    Entitlement,
    Execution,
    Follow,
    Order,
    PlatformSwitch,
    StrategyRoster,
    VenueCredential,
)
from apps.trading.services.switches import Level


class AccountwiseAdmin(ReadOnlyAdmin):
    """Rows that services change one after the other: accounts are locked in one order only."""

    rows_apart = True


class SwitchAdmin(AccountwiseAdmin):
    """Adds the actions that set a kill switch; whoever may change the row may use them."""

    level: Level
    actions = ("set_active", "set_reducing", "set_halted")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may set kill switches."""
        return request.user.has_perm(f"trading.change_{self.opts.model_name}")

    @admin.action(description="Kill switch: ACTIVE (all trading)", permissions=["switch"])
    def set_active(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Allow all trading."""
        self._set(request, rows, KillSwitch.ACTIVE)

    @admin.action(description="Kill switch: REDUCING (exits only)", permissions=["switch"])
    def set_reducing(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Allow exits only."""
        self._set(request, rows, KillSwitch.REDUCING)

    @admin.action(description="Kill switch: HALTED (nothing, and cancel open orders)", permissions=["switch"])
    def set_halted(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Allow nothing and cancel what is open."""
        self._set(request, rows, KillSwitch.HALTED)

    def _set(self, request: HttpRequest, rows: QuerySet[Any], state: KillSwitch) -> None:
        actor, cancelled = f"user:{request.user.pk}", 0
        for row in rows:
            with transaction.atomic(using=DATABASE):
                cancelled += services.set_kill_switch(self.level, target=row.pk, state=state, actor=actor)
                self.log_change(request, row, f"Kill switch set to {state.value}.")
        messages.success(request, f"{len(rows)} set to {state.value}, {cancelled} open orders cancelled.")


@admin.register(PlatformSwitch)
class PlatformSwitchAdmin(SwitchAdmin):
    """The switch of everything."""

    level = "platform"
    list_display = ("kill_switch", "changed_at", "changed_by")


@admin.register(StrategyRoster)
class StrategyRosterAdmin(SwitchAdmin):
    """A strategy as trading knows it."""

    level = "strategy"
    list_display = ("strategy_id", "strategy", "kill_switch", "places", "shards", "version")
    list_filter = ("kill_switch",)


@admin.register(Account)
class AccountAdmin(SwitchAdmin):
    """Trading accounts."""

    level = "account"
    list_display = ("id", "name", "user_id", "currency", "status", "kill_switch", "fee_bps", "created_at")
    list_filter = ("kill_switch", "status", "currency")
    search_fields = ("=id", "=user_id")


@admin.register(Follow)
class FollowAdmin(AccountwiseAdmin):
    """Who follows what."""

    list_display = ("id", "account_id", "roster", "state", "shard", "created_at")
    list_filter = ("state", "roster")
    list_select_related = ("roster",)
    search_fields = ("=id", "=account__id", "=user_id")
    actions = ("pause", "resume", "end")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may pause, resume and end follows."""
        return request.user.has_perm("trading.change_follow")

    @admin.action(description="Pause: no entries, exits go on", permissions=["switch"])
    def pause(self, request: HttpRequest, rows: QuerySet[Follow]) -> None:
        """Stop entries."""
        self._change(request, rows, services.pause_follow, FollowState.PAUSED)

    @admin.action(description="Resume: take entries again", permissions=["switch"])
    def resume(self, request: HttpRequest, rows: QuerySet[Follow]) -> None:
        """Take entries again."""
        self._change(request, rows, services.resume_follow, FollowState.ACTIVE)

    @admin.action(description="End for good, where nothing is held", permissions=["switch"])
    def end(self, request: HttpRequest, rows: QuerySet[Follow]) -> None:
        """End for good."""
        self._change(request, rows, services.end_follow, FollowState.ENDED)

    def _change(
        self, request: HttpRequest, rows: QuerySet[Follow], deed: Callable[[int], None], state: FollowState
    ) -> None:
        changed = 0
        for row in rows:
            try:
                with transaction.atomic(using=DATABASE):
                    deed(row.pk)
                    self.log_change(request, row, f"Set to {state.value}.")
            except TreumError as refusal:
                messages.error(request, str(refusal))
                continue
            changed += 1
        messages.success(request, f"{changed} set to {state.value}.")


@admin.register(Execution)
class ExecutionAdmin(AccountwiseAdmin):
    """How far each signal has come."""

    list_display = (
        "id", "strategy", "symbol", "sequence", "side", "status", "shards_left", "shards_total", "decisions",
        "bar_time", "noted_at", "completed_at",
    )  # fmt: skip
    list_filter = ("status", "side", "strategy")
    search_fields = ("=signal_id", "=correlation_id", "=symbol")


@admin.register(Order)
class OrderAdmin(AccountwiseAdmin):
    """Orders."""

    list_display = ("client_order_id", "account_id", "symbol", "side", "status", "filled_qty", "created_at")
    list_filter = ("status", "side")
    search_fields = ("=client_order_id", "=account__id")
    show_full_result_count = False


@admin.register(VenueCredential)
class VenueCredentialAdmin(AccountwiseAdmin):
    """Who left which key with us; what opens the venue is neither read nor shown."""

    list_display = ("id", "user_id", "venue", "label", "key_hint", "created_at", "replaced_at")
    list_filter = ("venue",)
    search_fields = ("=id", "=user_id", "label")
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[VenueCredential]:
        """Leave the secrets in the database."""
        return selectors.credentials_without_secrets()


@admin.register(Entitlement)
class EntitlementAdmin(AccountwiseAdmin):
    """What trading believes people may do."""

    list_display = ("user_id", "auto_execute", "valid_until", "standing_version")
    list_filter = ("auto_execute",)
    search_fields = ("=user_id",)
