"""The verbs of trading. Everything that changes a row stands here; each opens its own transaction."""

from apps.trading.services.accounts import NewAccount, deposit, open_accounts, open_paper_account
from apps.trading.services.bars import NotedBar
from apps.trading.services.credentials import (
    Secrets,
    delete_credential,
    keep_credential,
    rename_credential,
    replace_secrets,
)
from apps.trading.services.entitlements import remember_standings
from apps.trading.services.erasure import close_accounts_of_the_erased, erase_people
from apps.trading.services.execution import execute_batch
from apps.trading.services.follows import (
    NewFollow,
    Terms,
    change_follow,
    end_follow,
    ensure_rosters,
    follow_strategies,
    follow_strategy,
    pause_follow,
    resume_follow,
)
from apps.trading.services.intake import ArrivedSignal, note_bars, note_signals, revise_signal
from apps.trading.services.orders import cancel_order, cancel_orders_of_signals
from apps.trading.services.release import release_blocked
from apps.trading.services.switches import set_kill_switch

__all__ = [
    "ArrivedSignal",
    "NewAccount",
    "NewFollow",
    "NotedBar",
    "Secrets",
    "Terms",
    "cancel_order",
    "cancel_orders_of_signals",
    "change_follow",
    "close_accounts_of_the_erased",
    "delete_credential",
    "deposit",
    "end_follow",
    "ensure_rosters",
    "erase_people",
    "execute_batch",
    "follow_strategies",
    "follow_strategy",
    "keep_credential",
    "note_bars",
    "note_signals",
    "open_accounts",
    "open_paper_account",
    "pause_follow",
    "release_blocked",
    "remember_standings",
    "rename_credential",
    "replace_secrets",
    "resume_follow",
    "revise_signal",
    "set_kill_switch",
]
