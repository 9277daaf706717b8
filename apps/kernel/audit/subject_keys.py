"""What is personal in the log: sealed with a key for each person, so that destroying the key erases all of it.

The keys stand in the same database as the entries, sealed with ENCRYPTION_KEY.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from apps.kernel.crypto import Unreadable, new_key, seal, unseal

if TYPE_CHECKING:
    from apps.kernel.audit.models import AuditEntry

NOBODY = UUID(int=0)
"""Whose key seals what belongs to no person that we know."""

_KEY = "SELECT key FROM audit_subject_key WHERE subject = %s"
_NEW_KEY = "INSERT INTO audit_subject_key (subject, key) VALUES (%s, %s) ON CONFLICT (subject) DO NOTHING"
_KEYS = "SELECT subject, key FROM audit_subject_key WHERE subject = ANY(%s::uuid[]) AND key IS NOT NULL"
_FORGET = """
INSERT INTO audit_subject_key (subject, forgotten_at) VALUES (%s, clock_timestamp())
ON CONFLICT (subject) DO UPDATE SET key = NULL, forgotten_at = clock_timestamp()
WHERE audit_subject_key.key IS NOT NULL
"""


def owner_of(subject: UUID | None, *, actor: str) -> UUID:
    """Return whose key seals what is personal in an entry: its subject's, else its actor's, else nobody's."""
    try:
        return subject or UUID(actor.removeprefix("user:"))
    except ValueError:
        return NOBODY


def seal_personal(personal: Mapping[str, Any], *, owner: UUID, using: str) -> str:
    """Return what is personal, sealed; nothing when there is nothing, or when its owner has been forgotten."""
    key = _key_of(owner, using=using) if personal else None
    return "" if key is None else seal(json.dumps(personal, cls=DjangoJSONEncoder), keys=[key])


def open_personal(entries: Iterable["AuditEntry"], *, using: str) -> None:
    """Set `opened` on each entry, with one query for all of them."""
    kept = list(entries)
    owners = {entry.pk: owner_of(entry.subject, actor=entry.actor) for entry in kept}
    with connections[using].cursor() as cursor:
        cursor.execute(_KEYS, [[str(owner) for owner in set(owners.values())]])
        keys = {subject: unseal(key) for subject, key in cursor.fetchall()}
    for entry in kept:
        entry.opened = _opened(entry.personal, keys.get(owners[entry.pk]))


def forget(user_id: UUID, *, using: str) -> None:
    """Destroy the key of a person in one database: what is personal in the entries about them is gone, for good.

    The entries still verify. Harmless when repeated; entries that come later keep nothing personal of this person.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_FORGET, [str(user_id)])


def _key_of(owner: UUID, *, using: str) -> str | None:
    with connections[using].cursor() as cursor:
        cursor.execute(_KEY, [str(owner)])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_NEW_KEY, [str(owner), seal(new_key())])
            cursor.execute(_KEY, [str(owner)])
            row = cursor.fetchone()
    return None if row[0] is None else unseal(row[0])


def _opened(sealed: str, key: str | None) -> dict[str, Any] | None:
    if not sealed:
        return {}
    if key is None:
        return None
    try:
        opened: dict[str, Any] = json.loads(unseal(sealed, keys=[key]))
    except Unreadable:
        return None
    return opened
