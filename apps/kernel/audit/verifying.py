"""The auditor: compute the chain of a database anew, and hold it against its head and its witness.

Hashes are computed here and not in the database, so that whoever changes the database's functions is found out.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import OperationalError, connections, transaction

from apps.kernel.audit.witnesses import databases, witness_of
from apps.kernel.errors import Refused
from apps.kernel.outbox.recorder import request

log = structlog.get_logger(__name__)

VERIFY_TASK = "core.audit_verify_log"
PAGE = 5_000
NO_HASH = "0" * 64

_LAST_WITNESSED = "SELECT coalesce(max(sequence), 0) FROM audit_witness WHERE database = %s"
_END = """
SELECT coalesce(max(head.sequence), 0), coalesce(max(head.hash), ''),
       (SELECT coalesce(max(sequence), 0) FROM audit_entry),
       (SELECT count(*) FROM audit_entry WHERE sequence IS NULL)
FROM audit_head AS head
"""
_ENTRIES = """
SELECT sequence, hash, previous_hash, sequence::text, id::text,
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, subject::text, action, object,
       before::text, after::text, correlation_id, personal
FROM audit_entry AS entry WHERE sequence > %s AND sequence <= %s ORDER BY entry.sequence LIMIT %s
"""
_WITNESSED = "SELECT sequence, hash FROM audit_witness WHERE database = %s AND sequence > %s AND sequence <= %s"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the auditor found: how many entries are sound, and a sentence about the first that is not."""

    entries: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _End:
    head_sequence: int
    head_hash: str
    last: int
    unchained: int


class AuditLogBroken(Refused):
    """The audit log of database {database} is broken: {fault} docs/runbooks/audit.md says what to do."""


class _Broken(Exception):
    """The chain is not what it was; the sentence says where."""


class _Chain:
    """Follows a chain from its beginning."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._witness = witness_of(database)
        self.sequence = 0
        self.hash = NO_HASH

    def follow(self, *, through: int) -> None:
        """Check every entry up to a sequence. Raises _Broken at the first that is not sound."""
        while rows := _rows(self._database, _ENTRIES, [self.sequence, through, PAGE]):
            last = rows[-1][0]
            seen = dict(_rows(self._witness, _WITNESSED, [self._database, self.sequence, last]))
            for sequence, entry_hash, *fields in rows:
                self._step(sequence, entry_hash, fields, witnessed=seen.get(sequence, entry_hash))

    def check_end(self, end: _End, *, witnessed: int) -> None:
        """Check that the chain ends where the head and the witness say that it does. Raises _Broken."""
        if max(witnessed, end.head_sequence) > self.sequence:
            knows = f"database {self._witness}" if witnessed > self.sequence else "the head"
            last = max(witnessed, end.head_sequence)
            raise _Broken(f"Entry {self.sequence + 1} is missing: {knows} knows of {last} entries.")
        if (end.head_sequence, end.head_hash) != (self.sequence, self.hash):
            raise _Broken(f"The head stands at entry {end.head_sequence}, but entry {self.sequence} is the last.")
        if end.unchained:
            raise _Broken(f"{end.unchained} entries stand outside the chain.")

    def _step(self, sequence: int, entry_hash: str, fields: Sequence[str | None], *, witnessed: str) -> None:
        if sequence != self.sequence + 1:
            raise _Broken(f"Entry {self.sequence + 1} is missing: entry {sequence} comes next.")
        if fields[0] != self.hash:
            raise _Broken(f"Entry {sequence} does not follow the one before it.")
        if _hash_of(fields) != entry_hash:
            raise _Broken(f"Entry {sequence} was changed: its hash is not that of its content.")
        if witnessed != entry_hash:
            raise _Broken(f"Entry {sequence} was replaced: database {self._witness} has seen another.")
        self.sequence, self.hash = sequence, entry_hash


def verify(database: str) -> Finding:
    """Check the log of a database, in bounded memory. What is appended meanwhile is left for the next time."""
    ((witnessed,),) = _rows(witness_of(database), _LAST_WITNESSED, [database])
    end = _End(*_rows(database, _END, [])[0])
    chain = _Chain(database)
    try:
        chain.follow(through=end.last)
        chain.check_end(end, witnessed=witnessed)
    except _Broken as broken:
        return Finding(chain.sequence, str(broken))
    return Finding(chain.sequence)


def ask_for_verification() -> None:
    """Ask for a check of every log, each a task of its own. A database that is away is left for the next time."""
    for database in databases():
        try:
            with transaction.atomic(using=database):
                request(VERIFY_TASK, database, using=database)
        except OperationalError as error:
            log.warning("audit.not_verified", database=database, error=type(error).__name__)


def demand_soundness(database: str) -> None:
    """Check the log of a database. Raises AuditLogBroken, which staff then find among the dead letters."""
    finding = verify(database)
    if finding.fault is not None:
        log.error("audit.broken", database=database, fault=finding.fault, sound=finding.entries)
        raise AuditLogBroken(database=database, fault=finding.fault)
    log.info("audit.sound", database=database, entries=finding.entries)


def _rows(database: str, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[database].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _hash_of(fields: Sequence[str | None]) -> str:
    """Return the hash of an entry: each field with its length in bytes before it, an absent one as a hyphen."""
    encoded = (None if field is None else field.encode() for field in fields)
    return hashlib.sha256(
        b"".join(b"-" if field is None else b"%d:%s" % (len(field), field) for field in encoded)
    ).hexdigest()
