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

_SQL = Path(__file__).parent / "sql"
_POST = (_SQL / "post.sql").read_text()
_HOLD = (_SQL / "hold.sql").read_text()
_END = (_SQL / "end.sql").read_text()
_RELEASE = (_SQL / "release.sql").read_text()
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
_COUNTS = "SELECT (SELECT count(*) FROM ledger_made), (SELECT count(*) FROM ledger_wanted)"
_REVERSAL_LINES = """
    SELECT %(key)s::text AS key, 'reversal'::text AS kind, %(at)s::timestamptz AS occurred_at,
           entry.account_id, entry.currency, -entry.amount AS amount
    FROM ledger_ledgerentry AS entry
    JOIN ledger_ledgertransaction AS made ON made.id = entry.transaction_id
    WHERE made.idempotency_key = %(reversed)s
"""
_HOLDING = """ledger_holding AS (
    SELECT %(key)s::text AS key, %(account)s::bigint AS account_id, %(amount)s::numeric AS amount)"""
_ENDING = "ledger_ending AS (SELECT %(key)s::text AS key, %(state)s::text AS state)"


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
    key, and with `ends_holds` also `ledger_ending(key, state)`. It may read `ledger_made` afterwards.
    """
    return f"{_END if ends_holds else _NO_HOLDS},\n{_POST}"


def hold_door() -> str:
    """Return the CTEs that hold what the relation `ledger_holding(key, account_id, amount)` of the statement says."""
    return _HOLD


def release_door() -> str:
    """Return the CTEs that end the holds in the statement's `ledger_ending(key, state)` and give the cash back."""
    return f"{_END},\n{_RELEASE}"


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
    statement = f"WITH ledger_lines AS MATERIALIZED ({lines}), {door()} {_COUNTS}"
    with connections[using].cursor() as cursor:
        try:
            with transaction.atomic(using=using):
                cursor.execute(statement, params)
                made, wanted = cursor.fetchone()
        except IntegrityError as error:
            if "ledger_available_not_negative" in str(error):
                raise InsufficientFunds from error
            raise
    if made < wanted:
        _refuse_other_body(lines, params, using=using)
    return int(made)


def reverse(key: str, *, reversal_key: str, occurred_at: datetime, using: str) -> int:
    """Post the opposite of a transaction; both stay visible. Raises NothingToReverse."""
    params: dict[str, Any] = {"key": reversal_key, "reversed": key, "at": occurred_at}
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT account_id FROM ({_REVERSAL_LINES}) AS line", params)  # noqa: S608 - our own pieces
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
            statement = f"WITH {_HOLDING}, {_HOLD} SELECT count(*) FROM ledger_reserved"  # noqa: S608 - our own pieces
            cursor.execute(statement, {"key": key, "account": account_id, "amount": quantize(amount)})
    except IntegrityError as error:
        if "ledger_available_not_negative" in str(error):
            raise InsufficientFunds from error
        raise


def end_hold(key: str, *, state: HoldState, using: str) -> bool:
    """End a pending hold as posted, void or expired. Return False when it had ended before."""
    _refuse_outside_transaction(using)
    with connections[using].cursor() as cursor:
        statement = f"WITH {_ENDING}, {release_door()} SELECT count(*) FROM ledger_released"  # noqa: S608 - our own pieces
        cursor.execute(statement, {"key": key, "state": state.value})
        return bool(cursor.fetchone()[0])


def _refuse_other_body(lines: str, params: Mapping[str, Any], *, using: str) -> None:
    """Look at the keys that were there before, in a statement of its own: it also sees those committed just now."""
    with connections[using].cursor() as cursor:
        cursor.execute(_OTHER_BODY.format(lines=lines), params)
        other = cursor.fetchone()
    if other:
        raise LedgerConflict(key=other[0])


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
