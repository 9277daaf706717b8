"""The kill switch at its three levels. HALTED also cancels what is open in its scope."""

from typing import Literal

import structlog
from django.db import transaction
from django.db.models import Q

from apps.trading.apps import DATABASE
from apps.trading.enums import CancelReason, KillSwitch
from apps.trading.errors import SwitchNeedsTarget, UnknownAccount, UnknownStrategy
from apps.trading.models import Account, PlatformSwitch, StrategyRoster
from apps.trading.services.orders import cancel_open_orders

log = structlog.get_logger(__name__)

Level = Literal["platform", "strategy", "account"]


def set_kill_switch(level: Level, *, target: int | None = None, state: KillSwitch, actor: str) -> int:
    """Set the switch of the platform, a strategy or an account; return how many open orders that cancelled."""
    with transaction.atomic(using=DATABASE):
        scope = _set(level, target, state, actor)
        cancelled = 0
        if state == KillSwitch.HALTED:
            cancelled = cancel_open_orders(scope, reason=CancelReason.TRADING_HALTED)
    log.warning("kill_switch.set", level=level, target=target, state=state.value, actor=actor, cancelled=cancelled)
    return cancelled


def _set(level: Level, target: int | None, state: KillSwitch, actor: str) -> Q:
    if level == "platform":
        PlatformSwitch.objects.update_or_create(pk=1, defaults={"kill_switch": state, "changed_by": actor})
        return Q()
    if target is None:
        raise SwitchNeedsTarget(level=level)
    if level == "strategy":
        if not StrategyRoster.objects.filter(pk=target).update(kill_switch=state):
            raise UnknownStrategy(strategy_id=target)
        return Q(execution__roster=target)
    if not Account.objects.filter(pk=target).update(kill_switch=state):
        raise UnknownAccount(account_id=target)
    return Q(account=target)
