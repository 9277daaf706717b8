"""A context's own copy of what people's plans bring. Events keep it, and it only ever gets newer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Features = Mapping[str, str | int | bool]


class Standing(Protocol):
    """What a person may use from a version on, as it was stated; after `valid_until` nobody honours it."""

    @property
    def user_id(self) -> UUID: ...
    @property
    def standing_version(self) -> int: ...
    @property
    def features(self) -> Features: ...
    @property
    def valid_until(self) -> datetime | None: ...


class StandingCopy(models.Model):
    """A person's standing; a context adds columns for the features that it honours. No row means no."""

    user_id = models.UUIDField(primary_key=True)
    standing_version = models.PositiveBigIntegerField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.user_id} v{self.standing_version}"


def remember(
    standings: Sequence[Standing],
    *,
    into: type[StandingCopy],
    using: str,
    columns: Callable[[Features], Mapping[str, object]],
) -> None:
    """Keep the newest standing of each person in one statement; an older or repeated one changes nothing.

    `columns` says what the context's own columns hold for the features of a plan.
    """
    newest: dict[UUID, Standing] = {}
    for standing in sorted(standings, key=lambda one: one.standing_version):
        newest[standing.user_id] = standing
    rows = [
        {
            "user_id": standing.user_id,
            "standing_version": standing.standing_version,
            "valid_until": standing.valid_until,
            **columns(standing.features),
        }
        for standing in newest.values()
    ]
    if not rows:
        return
    connection = connections[using]
    fields = [field for field in into._meta.concrete_fields if field.name in rows[0]]
    prepared = [[field.get_db_prep_save(row[field.name], connection) for row in rows] for field in fields]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(_remember(into, fields, connection), prepared)


def _remember(
    into: type[StandingCopy], fields: Sequence[models.Field[Any, Any]], connection: BaseDatabaseWrapper
) -> str:
    names = ", ".join(str(field.column) for field in fields)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    newer = ", ".join(f"{field.column} = excluded.{field.column}" for field in fields if not field.primary_key)
    return f"""
        INSERT INTO {into._meta.db_table} AS known ({names})
        SELECT * FROM unnest({arrays}) ORDER BY 1
        ON CONFLICT (user_id) DO UPDATE SET {newer}
        WHERE known.standing_version < excluded.standing_version
    """  # noqa: S608 - names of a model's columns
