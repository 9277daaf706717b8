"""Put the demo's people, accounts and follows in place, the way real ones come to be: by the contexts' own services."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.payments.seeds import PLANS
from apps.trading.enums import KillSwitch, Sizing
from apps.trading.services import NewAccount, NewFollow, Terms, follow_strategies, open_accounts
from apps.users.services.registration import create_users
from apps.users.services.standing import Features, change_standing
from treum_project.demo.followers import DemoFollower

PRO: Features = PLANS["pro"]["features"]
FREE: Features = PLANS["free"]["features"]


@dataclass(frozen=True, slots=True)
class Seeded:
    """Who takes part: people and their accounts, in the order of the followers; the first is the reference."""

    user_ids: list[UUID]
    account_ids: list[int]


def seed(
    followers: Sequence[DemoFollower], *, strategy_id: int, strategy: str, currency: str, password: str | None = None
) -> Seeded:
    """Create people, their standing, their accounts with paper money, and their follows, in a few statements each."""
    user_ids = create_users([follower.email for follower in followers], password=password)
    paired = list(zip(followers, user_ids, strict=True))
    change_standing([user for follower, user in paired if follower.entitled], plan="pro", features=PRO)
    change_standing([user for follower, user in paired if not follower.entitled], plan="free", features=FREE)
    account_ids = open_accounts([_account(follower, user, currency) for follower, user in paired])
    follows = [_follow(follower, account) for follower, account in zip(followers, account_ids, strict=True)]
    follow_strategies(follows, strategy_id=strategy_id, strategy=strategy)
    return Seeded(user_ids, account_ids)


def _account(follower: DemoFollower, user_id: UUID, currency: str) -> NewAccount:
    return NewAccount(
        user_id=user_id,
        name="Paper",
        currency=currency,
        deposit=follower.starting_cash,
        fee_bps=follower.fee_bps,
        max_open_positions=follower.max_open_positions,
        daily_loss_limit_pct=follower.daily_loss_limit_pct,
        kill_switch=KillSwitch(follower.kill_switch),
    )


def _follow(follower: DemoFollower, account_id: int) -> NewFollow:
    terms = Terms(
        sizing=Sizing(follower.sizing),
        sizing_value=follower.sizing_value,
        max_notional_per_order=follower.max_notional_per_order,
        max_price_deviation_bps=follower.max_price_deviation_bps,
        max_signal_age_bars=follower.max_signal_age_bars,
    )
    return NewFollow(account_id, terms)
