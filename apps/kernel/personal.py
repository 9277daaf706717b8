"""What a context keeps about a person, told table by table and read in pages, so that no person is too much to tell.

A context lists its tables: which columns a person is given, and which are withheld from everyone, each with a reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

ROWS_PER_PAGE = 2_000

Row = Mapping[str, Any]
Records = Iterator[tuple[str, Iterable[Row]]]
"""Names of files, each with its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a model that are one person's: `owner` is the lookup to the person's id, or finds them by it.

    `by` is the order in which they are read; it ends in a unique column and has no nulls. `using` names the database of
    a table that stands in several.
    """

    file: str
    model: type[Model]
    owner: str | Callable[[UUID], Q]
    columns: tuple[str, ...]
    by: tuple[str, ...] = ("pk",)
    using: str | None = None
    withheld: Mapping[str, str] = field(default_factory=dict)


def told(tables: Iterable[Table], *, user_id: UUID) -> Records:
    """Yield the files of a person, a table each, and at the end one that says what is left out and why."""
    withheld = []
    for table in tables:
        yield table.file, rows_of(table, user_id=user_id)
        withheld += [{"file": table.file, "column": name, "why": why} for name, why in table.withheld.items()]
    if withheld:
        yield "withheld", withheld


def rows_of(table: Table, *, user_id: UUID) -> Iterator[Row]:
    """Yield a person's rows of a table, a query for each page of them."""
    owned = Q(**{table.owner: user_id}) if isinstance(table.owner, str) else table.owner(user_id)
    rows = table.model._default_manager.using(table.using).filter(owned).order_by(*table.by)
    page = _page(rows, table)
    while page:
        yield from ({_key(name): row[name] for name in table.columns} for row in page)
        last = tuple(page[-1][name] for name in table.by)
        page = _page(_after(rows, table.by, last), table) if len(page) == ROWS_PER_PAGE else []


def _page(rows: QuerySet[Model], table: Table) -> list[dict[str, Any]]:
    return list(rows.values(*dict.fromkeys((*table.columns, *table.by)))[:ROWS_PER_PAGE])


def _after(rows: QuerySet[Model], by: tuple[str, ...], last: tuple[Any, ...]) -> QuerySet[Model]:
    if len(by) == 1:
        return rows.filter(**{f"{by[0]}__gt": last[0]})
    return rows.filter(TupleGreaterThan(tuple(F(name) for name in by), last))


def _key(name: str) -> str:
    return name.replace("__", "_")
