"""What payments and its provider have come to, in words that are the same whenever the same things have happened.

Every column of every table is told but ids and what is sealed or random; of times and addresses that they are there.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections
from django.db.models import Model

from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE

CATALOGUE = ("plan_id", "price_id", "next_price_id", "new_price_id")
APPS = ("payments", "sandbox")
_THEIRS = re.compile(
    r"https?://\S+|\b[a-z]{2,5}_(?=[A-Za-z_]*\d)\w{8,}|(?=[A-Za-z_-]*\d)[\w-]{20,}|\bt=\d+\S*|\b\d{10}\b"
)
_ENTRIES = """
    SELECT movement.kind, string_agg(account.kind || ' ' || entry.amount || ' ' || entry.currency, ', '
                                     ORDER BY account.kind, entry.amount)
      FROM ledger_ledgerentry AS entry
      JOIN ledger_ledgertransaction AS movement ON movement.id = entry.transaction_id
      JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
     GROUP BY movement.id, movement.kind
"""

State = Mapping[str, Counter[Any]]


def state(*, without: Collection[str] = ()) -> State:
    """Return the rows of all tables of payments, of its provider, of its books, and its events, by table."""
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    tables = {model._meta.db_table: _rows_of(model) for model in models}
    events = OutboxMessage.objects.using(DATABASE).filter(kind__in=[OutboxMessage.Kind.EVENT])
    tables["events"] = Counter((row.name, _plain(json.loads(row.body)["data"])) for row in events)
    tables["books"] = Counter(_query(_ENTRIES))
    return {name: rows for name, rows in tables.items() if name not in without}


def differences(calm: State, stormy: State) -> list[str]:
    """Return what differs between two states, a line for each table."""
    return [
        f"{name}: lost {dict(calm[name] - stormy[name])}, gained {dict(stormy[name] - calm[name])}"
        for name in calm
        if calm[name] != stormy[name]
    ]


def _rows_of(model: type[Model]) -> Counter[Any]:
    left_out = {field.column for field in model._meta.fields if isinstance(field, SealedTextField)} | {"id", "token"}
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Counter(
        _plain({name: _known(name, value) for name, value in row.items() if name not in left_out}) for row in rows
    )


def _known(name: str, value: Any) -> Any:
    """Return a value, but of the counted id of a row only that it is there; those of the catalogue stay the same."""
    is_counted = isinstance(value, int) and name.endswith("_id") and name not in CATALOGUE
    return "counted" if is_counted else value


def _query(statement: str) -> list[tuple[Any, ...]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((name, _plain(inner)) for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return tuple(_plain(inner) for inner in value)
    if isinstance(value, UUID | datetime | timedelta | bytes | memoryview):
        return type(value).__name__
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return _without_ids(value) if isinstance(value, str) else value


def _without_ids(text: str) -> str:
    return _THEIRS.sub(
        "…", re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+\d\d:?\d\d)?|\d{1,2} [A-Z][a-z]+ \d{4}", "time", text)
    )
