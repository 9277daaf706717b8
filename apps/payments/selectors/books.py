"""What the books say: what was earned, how all accounts stand, and the entries behind each figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import connections
from django.db.models import QuerySet

from apps.kernel.ledger.models import LedgerEntry
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry
from apps.payments.rules import accounts

CUSTOMERS = "customers"
"""Stands for all customers, where accounts are theirs."""
By = Literal["day", "month"]

_REVENUE = """
    SELECT date_trunc(%(by)s, made.occurred_at AT TIME ZONE 'UTC')::date AS period, entry.currency,
           -coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'revenue'), 0),
           coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'refunds'), 0),
           -coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'tax_payable'), 0),
           coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'fees'), 0),
           coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'bad_debt'), 0)
    FROM ledger_ledgertransaction AS made
    JOIN ledger_ledgerentry AS entry ON entry.transaction_id = made.id
    JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
    WHERE made.occurred_at >= %(since)s AND made.occurred_at < %(until)s AND account.kind = ANY(%(kinds)s)
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_BALANCES = f"""
    SELECT account.kind, CASE WHEN account.owner LIKE 'customer:%%' THEN '{CUSTOMERS}' ELSE account.owner END AS owner,
           entry.currency, sum(entry.amount)
    FROM ledger_ledgertransaction AS made
    JOIN ledger_ledgerentry AS entry ON entry.transaction_id = made.id
    JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
    WHERE made.occurred_at < %(at)s
    GROUP BY 1, 2, 3 HAVING sum(entry.amount) <> 0 ORDER BY 3, 1, 2
"""  # noqa: S608 - our own pieces
_EARNING = (accounts.REVENUE, accounts.REFUNDS, accounts.TAX, accounts.FEES, accounts.BAD_DEBT)


@dataclass(frozen=True, slots=True)
class Revenue:
    """What a period has earned in a currency, without tax; `tax` is what became owed to countries in it."""

    period: date
    currency: str
    recognised: Decimal
    refunds: Decimal
    tax: Decimal
    fees: Decimal
    bad_debt: Decimal

    @property
    def net(self) -> Decimal:
        """What is left of it after what went back."""
        return self.recognised - self.refunds


@dataclass(frozen=True, slots=True)
class Balance:
    """What the accounts of a kind and an owner come to; debit is above zero."""

    kind: str
    owner: str
    currency: str
    amount: Decimal

    @property
    def debit(self) -> Decimal:
        """The amount, when it is above zero."""
        return max(self.amount, Decimal(0))

    @property
    def credit(self) -> Decimal:
        """The amount without its sign, when it is below zero."""
        return max(-self.amount, Decimal(0))


def revenue(*, since: datetime, until: datetime, by: By) -> list[Revenue]:
    """Return what was earned from one moment to another, by day or month (UTC) and currency, in one query."""
    params = {"by": by, "since": since, "until": until, "kinds": list(_EARNING)}
    return [Revenue(*row) for row in _rows(_REVENUE, params)]


def trial_balance(*, at: datetime) -> list[Balance]:
    """Return how all accounts stood right before a moment; those of a currency sum to zero. One query."""
    return [Balance(*row) for row in _rows(_BALANCES, {"at": at})]


def entries() -> QuerySet[LedgerEntry]:
    """Return the entries of the books, each with its account and its posting."""
    return LedgerEntry.objects.using(DATABASE).select_related("account", "transaction")


def entries_of(postings: Iterable[BookEntry]) -> dict[str, list[LedgerEntry]]:
    """Return the entries of postings by their keys, in one query."""
    found: dict[str, list[LedgerEntry]] = {posting.key: [] for posting in postings}
    for entry in entries().filter(transaction__idempotency_key__in=found).order_by("account_id"):
        found[entry.transaction.idempotency_key].append(entry)
    return found


def subjects_of(found: Iterable[LedgerEntry]) -> dict[str, BookEntry]:
    """Return what entries are about, by the keys of their postings, in one query."""
    return BookEntry.objects.in_bulk([entry.transaction.idempotency_key for entry in found])


def _rows(statement: str, params: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(statement, params)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows
