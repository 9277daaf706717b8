"""Wall time: the process's and the database's. Market time is the market clock's and never comes from here."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler


def now() -> datetime:
    """Return the current moment as an aware UTC datetime."""
    return datetime.now(UTC)


class ClockTimestamp(Now):
    """The database's wall clock as the row is written, not when its transaction or statement began."""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="CLOCK_TIMESTAMP()", **extra_context)
