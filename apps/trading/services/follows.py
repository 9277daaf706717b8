"""Following a strategy. Each change is a new version of the roster and counts from the next signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.db.models import F

from apps.contracts.events import trading as facts
from apps.kernel.outbox.recorder import record, record_batches
from apps.trading.apps import DATABASE
from apps.trading.enums import FollowState, OrderStatus, Sizing
from apps.trading.errors import (
    AlreadyFollowing,
    FollowEnded,
    InvalidSizing,
    PositionStillOpen,
    UnknownAccount,
    UnknownFollow,
    UnknownStrategy,
)
from apps.trading.models import Account, Follow, FollowTerms, Order, Position, StrategyRoster
from apps.trading.services import statements
from apps.trading.services.limits import refuse_one_more_follow, refuse_resuming

_MANY = 1000
_ANALYZE = "ANALYZE trading_follow, trading_followterms"


@dataclass(frozen=True, slots=True)
class Terms:
    """How much a follow trades, and what it refuses. None means no limit."""

    sizing: Sizing
    sizing_value: Decimal | None = None
    max_notional_per_order: Decimal | None = None
    max_price_deviation_bps: Decimal | None = None
    max_signal_age_bars: int | None = None


@dataclass(frozen=True, slots=True)
class NewFollow:
    """An account that is to follow, on which terms."""

    account_id: int
    terms: Terms


def follow_strategy(new: NewFollow, *, user_id: UUID, strategy_id: int) -> int:
    """Follow a strategy that is known with an account of one's own, and return the follow's id.

    Raises UnknownAccount for accounts of others too, UnknownStrategy, AlreadyFollowing, TooManyFollows or
    InvalidSizing.
    """
    _refuse_invalid(new.terms)
    if not Account.objects.filter(pk=new.account_id, user_id=user_id).exists():
        raise UnknownAccount(account_id=new.account_id)
    if not StrategyRoster.objects.filter(pk=strategy_id).exists():
        raise UnknownStrategy(strategy_id=strategy_id)
    with transaction.atomic(using=DATABASE):
        _refuse_second(new.account_id, strategy_id=strategy_id)
        refuse_one_more_follow(user_id)
        (follow_id,) = follow_strategies([new], strategy_id=strategy_id)
    return follow_id


def ensure_rosters(strategies: Mapping[int, str]) -> None:
    """Let strategies, code by id, be followed before their first signal; those known already stay as they are."""
    rosters = [StrategyRoster(strategy_id=key, strategy=strategies[key]) for key in sorted(strategies)]
    StrategyRoster.objects.bulk_create(rosters, ignore_conflicts=True)


def follow_strategies(follows: Sequence[NewFollow], *, strategy_id: int, strategy: str = "") -> list[int]:
    """Follow a strategy with accounts and return the follows' ids in the order given.

    Raises AlreadyFollowing, UnknownAccount or InvalidSizing; then nothing has changed.
    """
    for new in follows:
        _refuse_invalid(new.terms)
    with transaction.atomic(using=DATABASE):
        roster = next_roster_version(strategy_id, strategy=strategy)
        _refuse_unknown_accounts(follows)
        try:
            with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
                cursor.execute(statements.FOLLOW, _columns(roster, follows))
                made = cursor.fetchall()
                if len(follows) > _MANY:
                    # Autovacuum has not been here yet, and the planner would guess.
                    cursor.execute(_ANALYZE)
        except IntegrityError as error:
            raise _already_following(strategy_id, follows) from error
        places = roster.places + len(follows)
        shards = -(-places // settings.TREUM_TRADING_SHARD_SIZE)
        StrategyRoster.objects.filter(pk=strategy_id).update(places=places, shards=max(shards, roster.shards))
        record_batches([_started(roster, *row) for row in made], using=DATABASE)
    return [follow_id for follow_id, _, _ in made]


def change_follow(follow_id: int, *, terms: Terms) -> None:
    """Put a follow on other terms, from the next signal on."""
    _refuse_invalid(terms)
    _renew(follow_id, terms=terms, state=None)


def pause_follow(follow_id: int) -> None:
    """Stop entries from the next signal on; exits of an open position go on."""
    _renew(follow_id, terms=None, state=FollowState.PAUSED)


def resume_follow(follow_id: int) -> None:
    """Take entries again, from the next signal on. Raises TooManyFollows where older ones are as many as the plan."""
    refuse_resuming(follow_id)
    _renew(follow_id, terms=None, state=FollowState.ACTIVE)


def end_follow(follow_id: int) -> None:
    """End a follow for good. Raises PositionStillOpen while it holds something, FollowEnded when it had ended."""
    with transaction.atomic(using=DATABASE):
        follow, roster = _locked(follow_id)
        holds = Position.objects.filter(follow=follow, qty__gt=0).exists()
        if holds or Order.objects.filter(follow=follow, status=OrderStatus.ACCEPTED).exists():
            raise PositionStillOpen(follow_id=follow_id)
        _close_terms(follow, roster)
        Follow.objects.filter(pk=follow_id).update(state=FollowState.ENDED)
        record(_ended(roster, follow), using=DATABASE)


def next_roster_version(strategy_id: int, *, strategy: str = "") -> StrategyRoster:
    """Lock the roster of a strategy, making it when it is missing, and move it to its next version."""
    StrategyRoster.objects.bulk_create(
        [StrategyRoster(strategy_id=strategy_id, strategy=strategy)], ignore_conflicts=True
    )
    roster = StrategyRoster.objects.select_for_update().get(pk=strategy_id)
    StrategyRoster.objects.filter(pk=strategy_id).update(version=F("version") + 1)
    roster.version += 1
    return roster


def _renew(follow_id: int, *, terms: Terms | None, state: FollowState | None) -> None:
    with transaction.atomic(using=DATABASE):
        follow, roster = _locked(follow_id)
        current = FollowTerms.objects.get(follow=follow, to_version__isnull=True)
        chosen = state or FollowState(follow.state)
        kept = terms or Terms(
            sizing=Sizing(current.sizing),
            sizing_value=current.sizing_value,
            max_notional_per_order=current.max_notional_per_order,
            max_price_deviation_bps=current.max_price_deviation_bps,
            max_signal_age_bars=current.max_signal_age_bars,
        )
        _close_terms(follow, roster)
        _write_terms(follow, roster, kept, active=chosen == FollowState.ACTIVE)
        Follow.objects.filter(pk=follow_id).update(state=chosen)


def _write_terms(follow: Follow, roster: StrategyRoster, terms: Terms, *, active: bool) -> None:
    FollowTerms.objects.create(
        follow=follow,
        roster_id=roster.pk,
        shard=follow.shard,
        from_version=roster.version,
        active=active,
        sizing=terms.sizing,
        sizing_value=terms.sizing_value,
        max_notional_per_order=terms.max_notional_per_order,
        max_price_deviation_bps=terms.max_price_deviation_bps,
        max_signal_age_bars=terms.max_signal_age_bars,
    )


def _close_terms(follow: Follow, roster: StrategyRoster) -> None:
    FollowTerms.objects.filter(follow=follow, to_version__isnull=True).update(to_version=roster.version)


def _locked(follow_id: int) -> tuple[Follow, StrategyRoster]:
    strategy_id = Follow.objects.filter(pk=follow_id).values_list("roster_id", flat=True).first()
    if strategy_id is None:
        raise UnknownFollow(follow_id=follow_id)
    roster = next_roster_version(strategy_id)
    follow = Follow.objects.get(pk=follow_id)
    if follow.state == FollowState.ENDED:
        raise FollowEnded(follow_id=follow_id)
    return follow, roster


def _started(roster: StrategyRoster, follow_id: int, account_id: int, user_id: UUID) -> facts.FollowStarted:
    return facts.FollowStarted(
        follow_id=follow_id,
        account_id=account_id,
        user_id=user_id,
        strategy_id=roster.pk,
        strategy=roster.strategy,
    )


def _ended(roster: StrategyRoster, follow: Follow) -> facts.FollowEnded:
    return facts.FollowEnded(
        follow_id=follow.pk,
        account_id=follow.account_id,
        user_id=follow.user_id,
        strategy_id=roster.pk,
        strategy=roster.strategy,
    )


def _columns(roster: StrategyRoster, follows: Sequence[NewFollow]) -> dict[str, Any]:
    return {
        "roster": roster.pk,
        "version": roster.version,
        "places": roster.places,
        "shard_size": settings.TREUM_TRADING_SHARD_SIZE,
        "accounts": [new.account_id for new in follows],
        "sizings": [new.terms.sizing.value for new in follows],
        "values": [new.terms.sizing_value for new in follows],
        "max_notionals": [new.terms.max_notional_per_order for new in follows],
        "deviations": [new.terms.max_price_deviation_bps for new in follows],
        "ages": [new.terms.max_signal_age_bars for new in follows],
    }


def _refuse_unknown_accounts(follows: Sequence[NewFollow]) -> None:
    wanted = {new.account_id for new in follows}
    known = set(Account.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for account_id in sorted(wanted - known):
        raise UnknownAccount(account_id=account_id)


def _refuse_second(account_id: int, *, strategy_id: int) -> None:
    """Say that an account follows the strategy already, before saying that it follows too many."""
    if Follow.objects.filter(account=account_id, roster=strategy_id).exclude(state=FollowState.ENDED).exists():
        raise AlreadyFollowing(account_id=account_id, strategy_id=strategy_id)


def _already_following(strategy_id: int, follows: Sequence[NewFollow]) -> AlreadyFollowing:
    wanted = [new.account_id for new in follows]
    known = Follow.objects.filter(roster=strategy_id, account__in=wanted).exclude(state=FollowState.ENDED)
    account_id = known.values_list("account_id", flat=True).first()
    return AlreadyFollowing(account_id=account_id or wanted[0], strategy_id=strategy_id)


def _refuse_invalid(terms: Terms) -> None:
    value = terms.sizing_value
    if terms.sizing == Sizing.ALL_IN and value is not None:
        raise InvalidSizing(reason="All-in sizing takes no value; leave sizing_value out.")
    if terms.sizing != Sizing.ALL_IN and (value is None or not value.is_finite() or value <= 0):
        raise InvalidSizing(reason=f"Sizing by {terms.sizing.value} needs a sizing_value above zero.")
    is_share = terms.sizing in (Sizing.PERCENT_OF_EQUITY, Sizing.RISK_TO_STOP)
    if is_share and value is not None and value > 100:
        raise InvalidSizing(reason="A share of equity is a percentage of at most 100.")
    for limit in (terms.max_notional_per_order, terms.max_price_deviation_bps):
        if limit is not None and (not limit.is_finite() or limit <= 0):
            raise InvalidSizing(reason="A limit is above zero; leave it out to switch it off.")
