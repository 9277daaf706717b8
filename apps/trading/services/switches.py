"""The kill switch at its three levels. HALTED also cancels what is open in its scope."""

from typing import Literal

import structlog
from django.db import transaction
from django.db.models import Q

from apps.kernel.audit import record_entry
from apps.trading.apps import DATABASE
from apps.trading.enums import CancelReason, KillSwitch
from apps.trading.errors import SwitchNeedsTarget, UnknownAccount, UnknownStrategy
from apps.trading.models import Account, PlatformSwitch, StrategyRoster
from apps.trading.services.orders import cancel_open_orders

log = structlog.get_logger(__name__)

Level = Literal["platform", "strategy", "account"]
Switch = PlatformSwitch | StrategyRoster | Account


def set_kill_switch(level: Level, *, target: int | None = None, state: KillSwitch, actor: str) -> int:
    """Set the switch of the platform, a strategy or an account; return how many open orders that cancelled."""
    with transaction.atomic(using=DATABASE):
        switch = _locked(level, target)
        before = switch.kill_switch
        _set(switch, state, actor)
        cancelled = 0
        if state == KillSwitch.HALTED:
            cancelled = cancel_open_orders(_scope(switch), reason=CancelReason.TRADING_HALTED)
        record_entry(
            action="kill_switch.changed",
            using=DATABASE,
            object=f"{level}/{switch.pk}",
            subject=switch.user_id if isinstance(switch, Account) else None,
            before={"state": before},
            after={"state": state.value, "cancelled_orders": cancelled},
            actor=actor,
        )
    log.warning("kill_switch.set", level=level, target=target, state=state.value, actor=actor, cancelled=cancelled)
    return cancelled


def _locked(level: Level, target: int | None) -> Switch:
    """Lock the row that carries a switch, as an update of it would. Raises what says that there is none."""
    if level == "platform":
        PlatformSwitch.objects.get_or_create(pk=1)
        return PlatformSwitch.objects.select_for_update(no_key=True).get(pk=1)
    if target is None:
        raise SwitchNeedsTarget(level=level)
    if level == "strategy":
        roster = StrategyRoster.objects.select_for_update(no_key=True).filter(pk=target).first()
        if roster is None:
            raise UnknownStrategy(strategy_id=target)
        return roster
    account = Account.objects.select_for_update(no_key=True).filter(pk=target).first()
    if account is None:
        raise UnknownAccount(account_id=target)
    return account


def _set(switch: Switch, state: KillSwitch, actor: str) -> None:
    switch.kill_switch = state
    fields = ["kill_switch"]
    if isinstance(switch, PlatformSwitch):
        switch.changed_by = actor
        fields += ["changed_by", "changed_at"]
    switch.save(update_fields=fields)


def _scope(switch: Switch) -> Q:
    """Return which orders a switch is about."""
    if isinstance(switch, PlatformSwitch):
        return Q()
    return Q(account=switch.pk) if isinstance(switch, Account) else Q(execution__roster=switch.pk)
