"""What a context keeps about a person, told table by table and read in pages, so that no person is too much to tell.

A context lists its tables: which columns a person is given, and which are withheld from everyone, each with a reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

ROWS_PER_PAGE = 5_000

Row = Mapping[str, Any]
Records = Iterator[tuple[str, Iterable[Row]]]
"""Names of files, each with its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a model that are one person's: `owner` is the lookup to the person's id, or finds them by it.

    `by` is the order in which they are read; it ends in a unique column and has no nulls. `using` names the database of
    a table that stands in several. A table `of` another has a few rows for each row of that one, where `owner` leads.
    """

    file: str
    model: type[Model]
    owner: str | Callable[[UUID], Q]
    columns: tuple[str, ...]
    by: tuple[str, ...] = ("pk",)
    using: str | None = None
    of: "Table | None" = None
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
    pages = _pages(table, user_id) if table.of is None else _pages_of_parents(table, table.of, user_id)
    for page in pages:
        yield from ({_key(name): row[name] for name in table.columns} for row in page)


def _pages(table: Table, user_id: UUID) -> Iterator[list[dict[str, Any]]]:
    owned = Q(**{table.owner: user_id}) if isinstance(table.owner, str) else table.owner(user_id)
    rows = _rows(table).filter(owned)
    page = _values(rows[:ROWS_PER_PAGE], table)
    while page:
        yield page
        last = tuple(page[-1][name] for name in table.by)
        more = len(page) == ROWS_PER_PAGE
        page = _values(_after(rows, table.by, last)[:ROWS_PER_PAGE], table) if more else []


def _pages_of_parents(table: Table, parents: Table, user_id: UUID) -> Iterator[list[dict[str, Any]]]:
    """Paging by the rows themselves would look through all of the parents again for each page."""
    for page in _pages(parents, user_id):
        yield _values(_rows(table).filter(**{f"{table.owner}__in": [row["pk"] for row in page]}), table)


def _rows(table: Table) -> QuerySet[Model]:
    return table.model._default_manager.using(table.using).order_by(*table.by)


def _values(rows: QuerySet[Model], table: Table) -> list[dict[str, Any]]:
    return list(rows.values(*dict.fromkeys((*table.columns, *table.by))))


def _after(rows: QuerySet[Model], by: tuple[str, ...], last: tuple[Any, ...]) -> QuerySet[Model]:
    if len(by) == 1:
        return rows.filter(**{f"{by[0]}__gt": last[0]})
    return rows.filter(TupleGreaterThan(tuple(F(name) for name in by), last))


def _key(name: str) -> str:
    return name.replace("__", "_")
