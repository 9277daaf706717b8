"""Append to the audit log, in the transaction of what is told."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, transaction

from apps.kernel.audit.subject_keys import owner_of, seal_personal
from apps.kernel.gateway import origin
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.errors import OutsideTransaction

log = structlog.get_logger(__name__)

ANONYMOUS = "anonymous"
"""The actor of a request whose sender nobody knows."""

_INSERT = """
INSERT INTO audit_entry (actor, subject, action, object, before, after, correlation_id, personal)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_CHAINED = "SELECT sequence, hash FROM audit_entry WHERE id = %s"


def record_entry(
    *,
    action: str,
    using: str,
    object: str = "",  # noqa: A002 - the word of the log
    subject: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    actor: str | None = None,
) -> None:
    """Append an entry to the log of database `using`, as part of the transaction at hand.

    `action` is dotted (`auth.login`), `object` names what was acted on (`account/7`), `subject` is the person whom it
    is about. `before` and `after` are JSON, and must hold nothing personal and no secret: they stay for ever. What is
    personal goes to `personal`, to which the client's address and user agent are added. The actor is the trace's
    unless it is given. Raises OutsideTransaction outside `atomic(using=using)`.

    Its place in the chain is given when the transaction commits, under the last lock that the transaction takes.
    """
    if not connections[using].in_atomic_block:
        raise OutsideTransaction(using=using)
    trace = tracing.current()
    who = actor or _actor_of(trace)
    sealed = seal_personal({**_origin(), **(personal or {})}, owner=owner_of(subject, actor=who), using=using)
    values = [who, _text(subject), action, object, _json(before), _json(after), trace.correlation_id, sealed]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, values)
        (entry_id,) = cursor.fetchone()
    transaction.on_commit(partial(_tell, entry_id, action, using), using=using, robust=True)


def _actor_of(trace: tracing.Trace) -> str:
    """Return who acts; a request that stands for nobody in particular comes from somebody unknown."""
    return ANONYMOUS if trace.actor == tracing.ANONYMOUS and origin.current().address else trace.actor


def _origin() -> dict[str, str]:
    where = origin.current()
    return {name: value for name, value in (("address", where.address), ("user_agent", where.user_agent)) if value}


def _tell(entry_id: int, action: str, using: str) -> None:
    """Let the entry's place in the chain leave with the logs, beyond the reach of whoever can write to the database."""
    with connections[using].cursor() as cursor:
        cursor.execute(_CHAINED, [entry_id])
        sequence, entry_hash = cursor.fetchone()
    log.info("audit.recorded", database=using, sequence=sequence, hash=entry_hash, action=action)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, cls=DjangoJSONEncoder)
