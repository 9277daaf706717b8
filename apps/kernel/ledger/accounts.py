"""Opening of ledger accounts: many at once, and again without harm."""

from collections.abc import Sequence
from typing import Any

from django.db import connections

HOUSE = "house"
FEES = "fees"
SLIPPAGE = "slippage"
CAPITAL = "capital"
CASH = "cash"
POSITIONS = "positions"
REALISED = "realised_pl"

_OPEN = """
    INSERT INTO ledger_ledgeraccount (kind, owner, currency)
    SELECT %(kind)s, owner, currency FROM unnest(%(owners)s::text[], %(currencies)s::text[]) AS new (owner, currency)
    ON CONFLICT DO NOTHING
"""
_OPEN_BALANCES = """
    INSERT INTO ledger_ledgerbalance (account_id, balance, held)
    SELECT id, 0, 0 FROM ledger_ledgeraccount AS account
    JOIN unnest(%(owners)s::text[], %(currencies)s::text[]) AS new (owner, currency) USING (owner, currency)
    WHERE account.kind = %(kind)s
    ON CONFLICT DO NOTHING
"""
_IDS = """
    SELECT account.id
    FROM unnest(%(owners)s::text[], %(currencies)s::text[]) WITH ORDINALITY AS new (owner, currency, place)
    JOIN ledger_ledgeraccount AS account USING (owner, currency)
    WHERE account.kind = %(kind)s ORDER BY place
"""


def open_accounts(
    kind: str, *, owners: Sequence[str], currencies: Sequence[str], using: str, cached: bool = False
) -> list[int]:
    """Return the ids of the accounts of `kind` of these owners, opening those that are missing.

    `cached` gives each a balance row, which only customers' cash has.
    """
    params: dict[str, Any] = {"kind": kind, "owners": list(owners), "currencies": list(currencies)}
    with connections[using].cursor() as cursor:
        cursor.execute(_OPEN, params)
        if cached:
            cursor.execute(_OPEN_BALANCES, params)
        cursor.execute(_IDS, params)
        return [account_id for (account_id,) in cursor.fetchall()]


def house_account(kind: str, *, currency: str, using: str) -> int:
    """Return the id of the house's account of `kind` in a currency, opening it when missing."""
    return open_accounts(kind, owners=[HOUSE], currencies=[currency], using=using)[0]
