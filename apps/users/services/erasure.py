"""Erase people: what is personal goes in one transaction, and the other contexts hear of it by `user.erased`.

The row of the person stays without anything that could lead to them, because records that have to stay point at it.
"""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q

from apps.contracts.events.users import UserErased
from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record
from apps.kernel.persons import forget_person
from apps.users.apps import DATABASE
from apps.users.errors import ErasureNotConfirmed, StaffNotErased
from apps.users.models import Activity, ApiKey, Consent, Export, ExportChunk, Mail, Standing, TokenFamily, User
from apps.users.services.sessions import end_sessions, forget_cached_sessions

log = structlog.get_logger(__name__)

ERASED = "erased"
SESSIONS_PER_PAGE = 1_000

_OWNED: tuple[type[Model], ...] = (
    EmailAddress, Authenticator, UserSession, TokenFamily, ApiKey, Consent, Activity, Mail, Standing, Export,
)  # fmt: skip


def erase_at_own_wish(user_id: UUID, *, confirmed_with: str) -> datetime:
    """Erase a person who has confirmed it with their e-mail address, and return since when they are.

    Raises ErasureNotConfirmed or StaffNotErased. Whoever is erased already stays so.
    """
    with transaction.atomic(using=DATABASE):
        person = _locked(user_id)
        if person.erased_at is None and User.objects.normalize_email(confirmed_with) != person.email:
            raise ErasureNotConfirmed()
        return _erase(person)


def erase_person(user_id: UUID) -> datetime:
    """Erase a person who asked staff for it, and return since when they are. Raises StaffNotErased."""
    with transaction.atomic(using=DATABASE):
        return _erase(_locked(user_id))


def forget_sessions(user_ids: Collection[UUID]) -> int:
    """Delete what sessions are left that name one of these people, such as logins that were never finished."""
    names = [str(user_id) for user_id in user_ids]
    left = [key for key, content in _sessions() if any(name in content for name in names)]
    with transaction.atomic(using=DATABASE):
        Session.objects.filter(pk__in=left).delete()
        forget_cached_sessions(left)
    return len(left)


def _sessions() -> Iterator[tuple[str, str]]:
    """Yield the keys of all sessions with what they hold, as text."""
    sessions = Session.objects.order_by("pk")
    page = list(sessions[:SESSIONS_PER_PAGE])
    while page:
        yield from ((session.pk, json.dumps(session.get_decoded(), default=str)) for session in page)
        page = list(sessions.filter(pk__gt=page[-1].pk)[:SESSIONS_PER_PAGE])


def _locked(user_id: UUID) -> User:
    return User.objects.select_for_update(of=("self",)).get(pk=user_id)


def _erase(person: User) -> datetime:
    if person.erased_at is not None:
        return person.erased_at
    if person.is_staff or person.is_superuser:
        raise StaffNotErased()
    _end_access(person)
    _clear_admin_log(person)
    ExportChunk.objects.filter(export__user=person).delete()
    for model in _OWNED:
        model._default_manager.filter(user=person).delete()
    erased_at = _pseudonymise(person)
    forget_person(person.pk, using=DATABASE)
    record_entry(action="person.erased", using=DATABASE, object=f"user/{person.pk}", subject=person.pk)
    record(UserErased(user_id=person.pk, erased_at=erased_at), using=DATABASE)
    log.info("person.erased", user_id=str(person.pk))
    return erased_at


def _end_access(person: User) -> None:
    keys = {
        *UserSession.objects.filter(user=person).values_list("session_key", flat=True),
        *TokenFamily.objects.filter(user=person).values_list("session_key", flat=True),
    }
    end_sessions(person.pk, session_keys=keys, reason=ERASED)


def _clear_admin_log(person: User) -> None:
    """Take what names the person out of what staff did to their rows; that it was done stays."""
    keys = [str(pk) for pk in ApiKey.objects.filter(user=person).values_list("pk", flat=True)]
    named = _rows(User, [str(person.pk)]) | _rows(ApiKey, keys)
    for address in {person.email, *EmailAddress.objects.filter(user=person).values_list("email", flat=True)}:
        named |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    LogEntry.objects.filter(named).update(object_repr=ERASED, change_message="")


def _rows(model: type[Model], keys: Collection[str]) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=keys)


def _pseudonymise(person: User) -> datetime:
    person.email = f"erased-{person.pk}@erased.invalid"
    blank = User()
    for field in ("name", "locale", "time_zone", "base_currency"):
        setattr(person, field, getattr(blank, field))
    person.set_unusable_password()
    person.is_active, person.last_login, person.erased_at = False, None, now()
    person.save()
    person.groups.clear()
    person.user_permissions.clear()
    return person.erased_at
