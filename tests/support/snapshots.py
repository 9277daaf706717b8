"""A database put aside, so that one story after another can begin where the same story has left off."""

from typing import Self

from django.db import connections, transaction

KEPT = "put_aside"
_TABLES = """
    SELECT quote_ident(tablename) FROM pg_tables
     WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1
"""


class Snapshot:
    """The rows of all tables of a database, in a schema beside them."""

    def __init__(self, using: str, *, name: str = KEPT) -> None:
        self._using = using
        self._schema = name
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute(_TABLES)
            self._tables = [table for (table,) in cursor.fetchall()]
            cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")
            cursor.execute(";".join(f"CREATE TABLE {name}.{table} AS TABLE public.{table}" for table in self._tables))

    def restore(self) -> None:
        """Put every row back, and nothing else. Sequences go on, as they do in life."""
        aside = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in self._tables]
        filled = [f"INSERT INTO {table} SELECT * FROM {self._schema}.{table}" for table in self._tables]
        back = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in self._tables]
        steps = [*aside, f"TRUNCATE {', '.join(self._tables)}", *filled, "SET CONSTRAINTS ALL IMMEDIATE", *back]
        with transaction.atomic(using=self._using), connections[self._using].cursor() as cursor:
            cursor.execute(";".join(steps))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Put everything back and forget what was put aside."""
        self.restore()
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {self._schema} CASCADE")
