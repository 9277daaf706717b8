"""The auditor: recompute from entries what the books say, and tell what differs."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connections

_UNBALANCED = """
    SELECT count(DISTINCT transaction_id) FROM (
        SELECT transaction_id FROM ledger_ledgerentry GROUP BY transaction_id, currency HAVING sum(amount) <> 0
    ) AS wrong
"""
_MISMATCHED = """
    SELECT cached.account_id
    FROM ledger_ledgerbalance AS cached
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_ledgerentry GROUP BY account_id) AS entry
           USING (account_id)
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_ledgerhold
               WHERE state = 'pending' GROUP BY account_id) AS hold USING (account_id)
    WHERE cached.balance <> coalesce(entry.total, 0) OR cached.held <> coalesce(hold.total, 0)
    ORDER BY 1
"""
_TRIAL = """
    SELECT account.kind, entry.currency, sum(entry.amount)
    FROM ledger_ledgerentry AS entry JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
    GROUP BY 1, 2 ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """The sum of all accounts of a kind in a currency."""

    kind: str
    currency: str
    total: Decimal


def unbalanced_transactions(*, using: str) -> int:
    """Count the transactions whose entries do not sum to zero in each currency."""
    with connections[using].cursor() as cursor:
        cursor.execute(_UNBALANCED)
        return int(cursor.fetchone()[0])


def mismatched_accounts(*, using: str) -> list[int]:
    """Return the ledger accounts whose cached balance or held amount is not what entries and holds add up to."""
    with connections[using].cursor() as cursor:
        cursor.execute(_MISMATCHED)
        return [account_id for (account_id,) in cursor.fetchall()]


def balance_mismatches(*, using: str) -> int:
    """Count the accounts whose cached balance is not what entries and holds add up to."""
    return len(mismatched_accounts(using=using))


def trial_balance(*, using: str) -> list[TrialLine]:
    """Return the total of each kind of account; the totals of a currency sum to zero."""
    with connections[using].cursor() as cursor:
        cursor.execute(_TRIAL)
        return [TrialLine(*row) for row in cursor.fetchall()]
