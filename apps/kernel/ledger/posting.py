"""The one door of the ledger: post movements, hold cash, end holds, reverse. Every writer uses the SQL in sql/.

Locks are taken on balances in ascending account id (`lock_balances`), before anything is read from them. Set-based
writers put `door()` behind CTEs of their own; `post` and `post_select` do just that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connections, transaction

from apps.kernel.ledger.errors import (
    InsufficientFunds,
    LedgerConflict,
    NothingToReverse,
    OutsideTransaction,
    UnbalancedPosting,
)
from apps.kernel.ledger.models import HoldState
from apps.kernel.money import quantize

_POST = (Path(__file__).parent / "sql" / "post.sql").read_text()
_NO_HOLDS = "ledger_ended AS (SELECT NULL::bigint AS account_id, 0::numeric AS amount WHERE false)"
_LOCK = "SELECT 1 FROM ledger_ledgerbalance WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE"
_LINES = """
    SELECT * FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(times)s::timestamptz[], %(accounts)s::bigint[],
                         %(currencies)s::text[], %(amounts)s::numeric[])
             AS line (key, kind, occurred_at, account_id, currency, amount)
"""
_OTHER_BODY = """
    SELECT made.idempotency_key
    FROM (
        SELECT key, md5(string_agg(account_id || ' ' || currency || ' ' || amount::numeric(38, 8), ';'
                                   ORDER BY account_id)) AS body_hash
        FROM ({lines}) AS line GROUP BY key
    ) AS wanted
    JOIN ledger_ledgertransaction AS made ON made.idempotency_key = wanted.key
    WHERE made.body_hash <> wanted.body_hash
    ORDER BY 1 LIMIT 1
"""
_REVERSAL_LINES = """
    SELECT %(key)s::text AS key, 'reversal'::text AS kind, %(at)s::timestamptz AS occurred_at,
           entry.account_id, entry.currency, -entry.amount AS amount
    FROM ledger_ledgerentry AS entry
    JOIN ledger_ledgertransaction AS made ON made.id = entry.transaction_id
    WHERE made.idempotency_key = %(reversed)s
"""
_HOLD = """
    WITH held AS (
        INSERT INTO ledger_ledgerhold (key, account_id, amount, state)
        VALUES (%(key)s, %(account)s, %(amount)s, 'pending')
        ON CONFLICT (key) DO NOTHING
        RETURNING account_id, amount
    )
    UPDATE ledger_ledgerbalance AS cached SET held = cached.held + held.amount
    FROM held WHERE held.account_id = cached.account_id
"""
_END_HOLD = """
    WITH ended AS (
        UPDATE ledger_ledgerhold SET state = %(state)s WHERE key = %(key)s AND state = 'pending'
        RETURNING account_id, amount
    )
    UPDATE ledger_ledgerbalance AS cached SET held = cached.held - ended.amount
    FROM ended WHERE ended.account_id = cached.account_id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What a posting adds to one account."""

    account_id: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction to be: its key, what it is, when it happened, and its lines, one for each account."""

    key: str
    kind: str
    occurred_at: datetime
    lines: tuple[Line, ...]


def door(*, ends_holds: bool = False) -> str:
    """Return the CTEs that post the relation `ledger_lines` of the statement they are put into.

    The statement provides `ledger_lines(key, kind, occurred_at, account_id, currency, amount)`, each account once per
    key, and with `ends_holds` also `ledger_ended(account_id, amount)`. It may read `ledger_made` afterwards.
    """
    return _POST if ends_holds else f"{_NO_HOLDS},\n{_POST}"


def lock_balances(account_ids: Sequence[int], *, using: str) -> None:
    """Lock the cached balances of these ledger accounts, in ascending id."""
    with connections[using].cursor() as cursor:
        cursor.execute(_LOCK, [sorted(account_ids)])


def post(postings: Sequence[Posting], *, using: str) -> int:
    """Post transactions and return how many were new. A repeated key with the same body is passed over.

    Raises UnbalancedPosting, InsufficientFunds, LedgerConflict (same key, other body) or OutsideTransaction.
    """
    lines = [(posting, line) for posting in postings for line in _merged(posting)]
    _refuse_unbalanced(postings)
    if not lines:
        return 0
    lock_balances([line.account_id for _, line in lines], using=using)
    params = {
        "keys": [posting.key for posting, _ in lines],
        "kinds": [posting.kind for posting, _ in lines],
        "times": [posting.occurred_at for posting, _ in lines],
        "accounts": [line.account_id for _, line in lines],
        "currencies": [line.currency for _, line in lines],
        "amounts": [line.amount for _, line in lines],
    }
    return post_select(_LINES, params, using=using)


def post_select(lines: str, params: Mapping[str, Any], *, using: str) -> int:
    """Post what a SELECT yields as (key, kind, occurred_at, account_id, currency, amount); return how many were new.

    The caller has locked the balances. Raises as `post` does; the database itself refuses an unbalanced posting.
    """
    _refuse_outside_transaction(using)
    statement = f"WITH ledger_lines AS MATERIALIZED ({lines}), {door()} SELECT count(*) FROM ledger_made"
    with connections[using].cursor() as cursor:
        try:
            with transaction.atomic(using=using):
                cursor.execute(statement, params)
                made = int(cursor.fetchone()[0])
        except IntegrityError as error:
            if "ledger_available_not_negative" in str(error):
                raise InsufficientFunds from error
            raise
        cursor.execute(_OTHER_BODY.format(lines=lines), params)
        other = cursor.fetchone()
    if other:
        raise LedgerConflict(key=other[0])
    return made


def reverse(key: str, *, reversal_key: str, occurred_at: datetime, using: str) -> int:
    """Post the opposite of a transaction; both stay visible. Raises NothingToReverse."""
    params = {"key": reversal_key, "reversed": key, "at": occurred_at}
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT account_id FROM ({_REVERSAL_LINES}) AS line", params)
        account_ids = [account_id for (account_id,) in cursor.fetchall()]
        if not account_ids:
            raise NothingToReverse(key=key)
        lock_balances(account_ids, using=using)
        made = post_select(_REVERSAL_LINES, params, using=using)
        cursor.execute("SELECT ledger_mark_reversal(%s, %s)", [reversal_key, key])
    return made


def hold(key: str, *, account_id: int, amount: Decimal, using: str) -> None:
    """Set cash aside. Holding the same key again changes nothing. Raises InsufficientFunds."""
    _refuse_outside_transaction(using)
    lock_balances([account_id], using=using)
    try:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute(_HOLD, {"key": key, "account": account_id, "amount": quantize(amount)})
    except IntegrityError as error:
        if "ledger_available_not_negative" in str(error):
            raise InsufficientFunds from error
        raise


def end_hold(key: str, *, state: HoldState, using: str) -> bool:
    """End a pending hold as posted, void or expired. Return False when it had ended before."""
    _refuse_outside_transaction(using)
    with connections[using].cursor() as cursor:
        cursor.execute(_END_HOLD, {"key": key, "state": state.value})
        return bool(cursor.rowcount)


def _merged(posting: Posting) -> list[Line]:
    totals: dict[tuple[int, str], Decimal] = {}
    for line in posting.lines:
        place = (line.account_id, line.currency)
        totals[place] = totals.get(place, Decimal(0)) + quantize(line.amount)
    return [Line(account_id, amount, currency) for (account_id, currency), amount in totals.items() if amount]


def _refuse_unbalanced(postings: Sequence[Posting]) -> None:
    for posting in postings:
        totals: dict[str, Decimal] = {}
        for line in posting.lines:
            totals[line.currency] = totals.get(line.currency, Decimal(0)) + quantize(line.amount)
        for currency, total in totals.items():
            if total:
                raise UnbalancedPosting(key=posting.key, total=total, currency=currency)


def _refuse_outside_transaction(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise OutsideTransaction(using=using)
