"""Take what is personal out of trading when people are erased. Orders and books stay, under ids that lead to nobody.

Nothing is entered any more, and what is held keeps its exits: a position that nobody watches is the last one to leave
without protection. A follow ends when it holds nothing, and an account closes when its follows have ended.
"""

from collections.abc import Collection
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import connections, transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from apps.contracts.events import trading as facts
from apps.kernel.ledger.posting import lock_balances
from apps.kernel.outbox.recorder import record_batches
from apps.kernel.persons import forget_person
from apps.trading.apps import DATABASE
from apps.trading.enums import CancelReason, FollowState, KillSwitch, OrderStatus, Side
from apps.trading.models import (
    Account,
    Entitlement,
    Follow,
    FollowTerms,
    Order,
    Position,
    StrategyRoster,
    VenueCredential,
)
from apps.trading.services.orders import cancel_open_orders

LAST_STANDING = 2**63 - 1
"""No later standing has a greater version, so that whatever comes afterwards changes nothing."""
ACCOUNTS_PER_STEP = 500

_END_STANDINGS = """
    INSERT INTO trading_entitlement (user_id, standing_version, features, auto_execute, valid_until)
    SELECT person, %s, '{}'::jsonb, false, NULL FROM unnest(%s::uuid[]) AS person ORDER BY 1
    ON CONFLICT (user_id) DO UPDATE SET
        standing_version = excluded.standing_version, features = excluded.features,
        auto_execute = excluded.auto_execute, valid_until = excluded.valid_until
"""


def erase_people(user_ids: Collection[UUID]) -> None:
    """Erase people here: entries stop, free texts and keys of venues go. Harmless when repeated."""
    people = sorted(user_ids)
    with transaction.atomic(using=DATABASE):
        _end_standings(people)
        accounts = Account.objects.filter(user_id__in=people)
        _wind_down(accounts)
        accounts.filter(kill_switch=KillSwitch.ACTIVE).update(kill_switch=KillSwitch.REDUCING)
        accounts.update(name=Concat(Value("erased "), Cast(RandomUUID(), CharField())))
        VenueCredential.objects.filter(user_id__in=people).delete()
        for user_id in people:
            forget_person(user_id, using=DATABASE)


def close_accounts_of_the_erased() -> int:
    """Close the accounts of erased people that hold nothing any more, ending their follows; return how many closed.

    A key of a venue that somebody was leaving with us while they were erased goes too.
    """
    gone = Entitlement.objects.filter(standing_version=LAST_STANDING).values("user_id")
    held = Position.objects.filter(follow__account=OuterRef("pk"), qty__gt=0)
    waiting = Order.objects.filter(account=OuterRef("pk"), status=OrderStatus.ACCEPTED)
    empty = Account.objects.filter(~Exists(held), ~Exists(waiting), user_id__in=gone, status="ACTIVE").order_by("pk")
    with transaction.atomic(using=DATABASE):
        VenueCredential.objects.filter(user_id__in=gone).delete()
        accounts = Account.objects.filter(pk__in=list(empty.values_list("pk", flat=True)[:ACCOUNTS_PER_STEP]))
        _wind_down(accounts)
        following = Follow.objects.filter(account=OuterRef("pk")).exclude(state=FollowState.ENDED)
        return accounts.filter(~Exists(following)).update(status="CLOSED")


def _end_standings(people: Collection[UUID]) -> None:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_END_STANDINGS, [LAST_STANDING, [str(person) for person in people]])


def _wind_down(accounts: QuerySet[Account]) -> None:
    """Cancel what would still be bought, end the follows that hold nothing, and let the others only sell.

    With the balances locked no shard is between its look at an account and its orders, so that what is held is known.
    """
    living = Follow.objects.filter(account__in=accounts).exclude(state=FollowState.ENDED)
    _next_roster_versions(living)
    lock_balances(list(accounts.values_list("cash_ledger_id", flat=True)), using=DATABASE)
    cancel_open_orders(Q(account__in=accounts, side=Side.BUY), reason=CancelReason.USER_REQUEST)
    holding = Position.objects.filter(follow=OuterRef("pk"), qty__gt=0)
    waiting = Order.objects.filter(follow=OuterRef("pk"), status=OrderStatus.ACCEPTED)
    _pause(list(living.filter(Exists(holding) | Exists(waiting), state=FollowState.ACTIVE)))
    _end(list(living.exclude(Exists(holding) | Exists(waiting)).select_related("roster")))


def _next_roster_versions(follows: QuerySet[Follow]) -> None:
    rosters = StrategyRoster.objects.filter(pk__in=follows.values("roster"))
    locked = list(rosters.select_for_update().order_by("pk").values_list("pk", flat=True))
    StrategyRoster.objects.filter(pk__in=locked).update(version=F("version") + 1)


def _pause(follows: Collection[Follow]) -> None:
    _close_terms(follows)
    versions = dict(StrategyRoster.objects.filter(follows__in=follows).values_list("pk", "version"))
    newest = FollowTerms.objects.filter(follow__in=follows).order_by("follow_id", "-from_version").distinct("follow_id")
    paused = list(newest)
    for terms in paused:
        terms.pk, terms.active = None, False
        terms.from_version, terms.to_version = versions[terms.roster_id], None
    FollowTerms.objects.bulk_create(paused)
    Follow.objects.filter(pk__in=[follow.pk for follow in follows]).update(state=FollowState.PAUSED)


def _end(follows: Collection[Follow]) -> None:
    _close_terms(follows)
    Follow.objects.filter(pk__in=[follow.pk for follow in follows]).update(state=FollowState.ENDED)
    record_batches([_ended(follow) for follow in follows], using=DATABASE)


def _close_terms(follows: Collection[Follow]) -> None:
    version = StrategyRoster.objects.filter(pk=OuterRef("roster_id")).values("version")
    current = FollowTerms.objects.filter(follow__in=follows, to_version__isnull=True)
    current.update(to_version=Subquery(version))


def _ended(follow: Follow) -> facts.FollowEnded:
    return facts.FollowEnded(
        follow_id=follow.pk,
        account_id=follow.account_id,
        user_id=follow.user_id,
        strategy_id=follow.roster_id,
        strategy=follow.roster.strategy,
    )
