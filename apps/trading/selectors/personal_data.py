"""What trading keeps about a person."""

from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from apps.kernel.clock import now
from apps.kernel.ledger.models import LedgerBalance, LedgerEntry
from apps.kernel.personal import Records, Table, told
from apps.kernel.persons import AUDIT_FILE, entries_about
from apps.trading.apps import DATABASE
from apps.trading.models import (
    Account,
    Decision,
    Entitlement,
    Fill,
    Follow,
    FollowTerms,
    Order,
    Position,
    VenueCredential,
)
from apps.trading.selectors.entitlements import decisions_seen

OPENS_VENUE = "Whoever has it can trade at the venue."
BOOKS = "It names a book of the ledger and says nothing more."


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person."""
    yield from told(TABLES, user_id=user_id)
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)


def _cash_of(user_id: UUID) -> Q:
    return Q(account__in=Account.objects.filter(user_id=user_id).values("cash_ledger"))


def _deposits_of(user_id: UUID) -> Q:
    """Deposits are found by their keys: no index leads from an account to all of its entries."""
    accounts = Account.objects.filter(user_id=user_id).values_list("pk", flat=True)
    keys = [Q(transaction__idempotency_key__startswith=f"deposit/{account_id}/") for account_id in accounts]
    return _cash_of(user_id) & reduce(or_, keys, Q(pk__in=[]))


def _decisions_of(user_id: UUID) -> Q:
    """An archive tells nothing sooner than the list of decisions does."""
    return Q(follow__user_id=user_id) & decisions_seen(user_id, at=now())


ORDERS = Table(
    file="orders",
    model=Order,
    owner="account__user_id",
    columns=(
        "client_order_id", "account_id", "follow_id", "execution__signal_id", "symbol", "side", "type",
        "time_in_force", "order_class", "qty", "notional", "filled_qty", "filled_avg_price", "status",
        "cancel_reason", "created_at", "updated_at",
    ),
)  # fmt: skip

TABLES = (
    Table(
        file="accounts",
        model=Account,
        owner="user_id",
        columns=(
            "id", "name", "venue", "currency", "status", "kill_switch", "fee_bps", "slippage_bps",
            "max_open_positions", "daily_loss_limit_pct", "created_at",
        ),
        withheld={"cash_ledger": BOOKS, "positions_ledger": BOOKS, "realised_ledger": BOOKS},
    ),
    Table(
        file="balances",
        model=LedgerBalance,
        owner=_cash_of,
        columns=("account__owner", "account__currency", "balance", "held"),
        by=("account_id",),
        using=DATABASE,
    ),
    Table(
        file="deposits",
        model=LedgerEntry,
        owner=_deposits_of,
        columns=("account__owner", "amount", "currency", "transaction__occurred_at", "transaction__posted_at"),
        by=("transaction_id", "account_id"),
        using=DATABASE,
    ),
    Table(
        file="entitlement",
        model=Entitlement,
        owner="user_id",
        columns=("features", "auto_execute", "valid_until", "standing_version"),
    ),
    Table(
        file="follows",
        model=Follow,
        owner="user_id",
        columns=("id", "account_id", "roster_id", "roster__strategy", "state", "created_at"),
        withheld={"shard": "It says which of our processes takes the follow along."},
    ),
    Table(
        file="follow_terms",
        model=FollowTerms,
        owner="follow__user_id",
        columns=(
            "follow_id", "from_version", "to_version", "active", "sizing", "sizing_value", "max_notional_per_order",
            "max_price_deviation_bps", "max_signal_age_bars",
        ),
        by=("id",),
        withheld={"shard": "It says which of our processes takes the follow along."},
    ),
    Table(
        file="decisions",
        model=Decision,
        owner=_decisions_of,
        columns=(
            "follow_id", "execution__signal_id", "execution__strategy", "execution__symbol", "execution__bar_time",
            "code", "detail",
        ),
        by=("follow_id", "execution_id"),
    ),
    ORDERS,
    Table(
        file="fills",
        model=Fill,
        owner="order",
        of=ORDERS,
        columns=(
            "fill_id", "order_id", "number", "order__account_id", "order__symbol", "order__side", "qty", "price",
            "notional", "fee", "slippage", "cost", "realized_pl", "executed_at",
        ),
        by=("order_id", "number"),
        withheld={"batch": "It says in which of our transactions the fill was booked."},
    ),
    Table(
        file="positions",
        model=Position,
        owner="follow__user_id",
        columns=("follow_id", "symbol", "qty", "cost_basis", "day", "day_result"),
        by=("follow_id", "symbol"),
    ),
    Table(
        file="venue_credentials",
        model=VenueCredential,
        owner="user_id",
        columns=("id", "venue", "label", "key_hint", "created_at", "replaced_at"),
        withheld={"key": OPENS_VENUE, "secret": OPENS_VENUE, "passphrase": OPENS_VENUE},
    ),
)  # fmt: skip
