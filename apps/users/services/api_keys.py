"""Make keys for programs, revoke them, and note when they were last used."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.kernel.gateway.scopes import Scope
from apps.users.apps import DATABASE
from apps.users.errors import TooManyKeys
from apps.users.models import ApiKey
from apps.users.rules.api_keys import new_key
from apps.users.selectors import living_keys
from apps.users.services.people import locked_person

MOST_LIVING = 20
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key as it was made, with the text that is shown this once."""

    key: ApiKey
    text: str = field(repr=False)


def create_key(
    user_id: UUID,
    *,
    name: str,
    scopes: Collection[Scope],
    addresses: Collection[str] = (),
    expires_at: datetime | None = None,
) -> MadeKey:
    """Make a key for a program. Raises TooManyKeys, or UnknownPerson for whoever is inactive."""
    made = new_key()
    key = ApiKey(
        user_id=user_id,
        name=name,
        prefix=made.prefix,
        digest=made.digest,
        scopes=sorted(set(scopes)),
        addresses=sorted(set(addresses)),
        expires_at=expires_at,
    )
    with transaction.atomic(using=DATABASE):
        locked_person(user_id)
        if living_keys(user_id).count() >= MOST_LIVING:
            raise TooManyKeys(most=MOST_LIVING)
        key.save(force_insert=True)
        record_entry(
            action="api_key.created",
            using=DATABASE,
            object=_name_of(key),
            subject=user_id,
            after={"prefix": key.prefix, "scopes": key.scopes, "expires_at": expires_at},
            personal={"name": key.name, "addresses": key.addresses},
        )
    return MadeKey(key=key, text=made.text)


def revoke_key(key_id: UUID) -> None:
    """Revoke a key at once and for good. Harmless when repeated."""
    with transaction.atomic(using=DATABASE):
        key = ApiKey.objects.select_for_update(of=("self",)).filter(pk=key_id, revoked_at=None).first()
        if key is None:
            return
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        record_entry(action="api_key.revoked", using=DATABASE, object=_name_of(key), subject=key.user_id)


def note_use(key: ApiKey) -> None:
    """Note that a key was used; within a minute of the last note nothing is written."""
    moment = now()
    before = moment - USE_IS_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=moment)


def _name_of(key: ApiKey) -> str:
    return f"api_key/{key.pk}"
