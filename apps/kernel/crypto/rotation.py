"""Seal everything anew with the newest key, so that the older ones can be dropped.

What is sealed with it already is passed over: a run that was broken off, or is repeated, goes on where it is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, router
from django.db.models import Field, Model
from django.utils.module_loading import import_string

from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.crypto.sealing import Unreadable, is_current, reseal

ROWS = 1_000


@dataclass(slots=True)
class Tally:
    """How many sealed texts were sealed anew, were so already, or cannot be opened by any key."""

    renewed_count: int = 0
    current_count: int = 0
    unreadable_count: int = 0

    def renewed(self, sealed: str) -> str:
        """Return a text sealed with the newest key, and count it. What cannot be opened stays as it is."""
        if is_current(sealed):
            self.current_count += 1
            return sealed
        try:
            renewed = reseal(sealed)
        except Unreadable:
            self.unreadable_count += 1
            return sealed
        self.renewed_count += 1
        return renewed


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed column of a model, in one database."""

    model: type[Model]
    field: Field[Any, Any]
    database: str

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.field.name} in {self.database}"


def rotate() -> Iterator[tuple[str, Tally]]:
    """Seal every column anew, and what is sealed elsewhere; tell of each when it is done."""
    for column in sealed_columns():
        yield str(column), _rotated(column)
    for path in settings.TREUM_SEALED_ELSEWHERE:
        tally, renew = Tally(), import_string(path)
        renew(tally)
        yield path, tally


def sealed_columns() -> list[SealedColumn]:
    """Return every sealed column of every model, once for each database that has the model's table."""
    return [
        SealedColumn(model, field, database)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedTextField)
        for database in settings.TREUM_DATABASE_OF.values()
        if router.allow_migrate_model(database, model)
    ]


def _rotated(column: SealedColumn) -> Tally:
    tally, last = Tally(), None
    while rows := _page(column, after=last):
        renewed = [(key, old, tally.renewed(old)) for key, old in rows]
        _replace(column, [row for row in renewed if row[1] != row[2]])
        last = rows[-1][0]
    return tally


def _page(column: SealedColumn, *, after: Any) -> list[tuple[Any, str]]:
    table, key, name = _names(column)
    beyond = "" if after is None else f"AND {key} > %s"
    statement = f"SELECT {key}, {name} FROM {table} WHERE {name} IS NOT NULL {beyond} ORDER BY {key} LIMIT {ROWS}"  # noqa: S608 - names from models
    with connections[column.database].cursor() as cursor:
        cursor.execute(statement, [] if after is None else [after])
        return list(cursor.fetchall())


def _replace(column: SealedColumn, rows: Sequence[tuple[Any, str, str]]) -> None:
    """Replace texts that are still what they were; whoever has changed one meanwhile has sealed it themselves."""
    if not rows:
        return
    table, key, name = _names(column)
    connection = connections[column.database]
    key_type = column.model._meta.pk.rel_db_type(connection)
    statement = (
        f"UPDATE {table} AS kept SET {name} = fresh.renewed "  # noqa: S608 - names from models
        f"FROM unnest(%s::{key_type}[], %s::text[], %s::text[]) AS fresh (key, old, renewed) "
        f"WHERE kept.{key} = fresh.key AND kept.{name} = fresh.old"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(part) for part in zip(*rows, strict=True)])


def _names(column: SealedColumn) -> tuple[str, str, str]:
    quote: Callable[[str], str] = connections[column.database].ops.quote_name
    options = column.model._meta
    key, name = options.pk.column, column.field.column
    assert key, f"{column} needs a primary key of one column"
    assert name, f"{column} is no column"
    return quote(options.db_table), quote(key), quote(name)
