"""Opening of trading accounts and deposits of paper money, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.ledger import accounts as books
from apps.kernel.ledger.posting import Line, Posting, post
from apps.kernel.money import quantize
from apps.trading.apps import DATABASE
from apps.trading.enums import KillSwitch
from apps.trading.errors import AccountNameTaken, InvalidDeposit, TooManyAccounts, UnknownAccount
from apps.trading.models import Account

_MANY = 1000
_NEXT_IDS = "SELECT nextval(pg_get_serial_sequence('trading_account', 'id')) FROM generate_series(1, %s)"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('trading_accounts_of'), hashtext(%s))"
_ANALYZE = "ANALYZE trading_account, ledger_ledgeraccount, ledger_ledgerbalance"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be opened, with the paper money it starts with."""

    user_id: UUID
    name: str
    currency: str
    deposit: Decimal = Decimal(0)
    fee_bps: Decimal = Decimal(10)
    slippage_bps: Decimal = Decimal(0)
    max_open_positions: int | None = None
    daily_loss_limit_pct: Decimal | None = None
    kill_switch: KillSwitch = KillSwitch.ACTIVE


def open_accounts(wanted: Sequence[NewAccount], *, opened_at: datetime | None = None) -> list[int]:
    """Open accounts with their books and first deposits, and return their ids in the order given."""
    if not wanted:
        return []
    with transaction.atomic(using=DATABASE):
        _open_house({new.currency for new in wanted})
        accounts = _with_books(wanted)
        Account.objects.bulk_create(accounts, batch_size=5000)
        deposits = [(account, new.deposit) for account, new in zip(accounts, wanted, strict=True) if new.deposit]
        _deposit(deposits, key="opening", occurred_at=opened_at or now())
        if len(wanted) > _MANY:
            # Autovacuum has not been here yet, and the planner would guess.
            with connections[DATABASE].cursor() as cursor:
                cursor.execute(_ANALYZE)
    return [account.pk for account in accounts]


def open_paper_account(user_id: UUID, *, name: str, currency: str) -> int:
    """Open an account with paper money for a person, and return its id. Raises TooManyAccounts or AccountNameTaken.

    Two that are opened at once are opened one after the other.
    """
    limit = settings.TREUM_TRADING_PAPER_ACCOUNTS
    with transaction.atomic(using=DATABASE):
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME, [str(user_id)])
        if Account.objects.filter(user_id=user_id, status="ACTIVE").count() >= limit:
            raise TooManyAccounts(limit=limit)
        if Account.objects.filter(user_id=user_id, name=name).exists():
            raise AccountNameTaken(name=name)
        cash = Decimal(settings.TREUM_TRADING_PAPER_CASH)
        (account_id,) = open_accounts([NewAccount(user_id, name, currency, deposit=cash)])
    return account_id


def deposit(account_id: int, *, amount: Decimal, key: str | None = None) -> None:
    """Add paper money to an account. The same key deposits once. Raises UnknownAccount or InvalidDeposit."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount(account_id=account_id)
    with transaction.atomic(using=DATABASE):
        _deposit([(account, amount)], key=key or str(uuid7()), occurred_at=now())


def _with_books(wanted: Sequence[NewAccount]) -> list[Account]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_NEXT_IDS, [len(wanted)])
        ids = [account_id for (account_id,) in cursor.fetchall()]
    owners, currencies = [f"account/{account_id}" for account_id in ids], [new.currency for new in wanted]
    opened = {
        kind: books.open_accounts(kind, owners=owners, currencies=currencies, using=DATABASE, cached=kind == books.CASH)
        for kind in (books.CASH, books.POSITIONS, books.REALISED)
    }
    return [
        Account(
            id=account_id,
            user_id=new.user_id,
            name=new.name,
            currency=new.currency,
            fee_bps=new.fee_bps,
            slippage_bps=new.slippage_bps,
            max_open_positions=new.max_open_positions,
            daily_loss_limit_pct=new.daily_loss_limit_pct,
            kill_switch=new.kill_switch,
            cash_ledger_id=cash,
            positions_ledger_id=positions,
            realised_ledger_id=realised,
        )
        for account_id, new, cash, positions, realised in zip(
            ids, wanted, opened[books.CASH], opened[books.POSITIONS], opened[books.REALISED], strict=True
        )
    ]


def _open_house(currencies: set[str]) -> None:
    for currency in sorted(currencies):
        for kind in (books.FEES, books.SLIPPAGE, books.CAPITAL):
            books.house_account(kind, currency=currency, using=DATABASE)


def _deposit(deposits: Sequence[tuple[Account, Decimal]], *, key: str, occurred_at: datetime) -> None:
    capital: dict[str, int] = {}
    postings = []
    for account, amount in deposits:
        if not amount.is_finite() or amount <= 0 or quantize(amount) != amount:
            raise InvalidDeposit(amount=amount, currency=account.currency)
        if account.currency not in capital:
            capital[account.currency] = books.house_account(books.CAPITAL, currency=account.currency, using=DATABASE)
        lines = (
            Line(account.cash_ledger_id, amount, account.currency),
            Line(capital[account.currency], -amount, account.currency),
        )
        postings.append(Posting(f"deposit/{account.pk}/{key}", "deposit", occurred_at, lines))
    post(postings, using=DATABASE)
