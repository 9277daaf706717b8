"""Give out tokens for a session, take one refresh token for the next, and end sessions with all of their tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.cached_db import KEY_PREFIX
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.kernel.clock import now
from apps.kernel.retention import delete_stepwise
from apps.users.apps import DATABASE
from apps.users.enums import AuthAction
from apps.users.models import TokenFamily, User
from apps.users.rules import tokens
from apps.users.rules.tokens import Claims
from apps.users.selectors import session_exists
from apps.users.services.security import note_security

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a caller gets: both tokens, and the seconds for which the access token is good."""

    access: str
    refresh: str
    expires_in: int


def open_family(user: User, *, session_key: str) -> Tokens:
    """Begin the tokens of a session; a session that already has some begins anew, and its old ones end."""
    refresh_id = uuid4()
    family, _ = TokenFamily.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "refresh_id": refresh_id,
            "refreshed_at": now(),
            "expires_at": now() + _refresh_lifetime(),
            "revoked_at": None,
            "revoked_for": "",
        },
    )
    return _signed(family)


def refresh_tokens(refresh_token: str) -> Tokens | None:
    """Take a refresh token for the next pair, or return None for one that is not good.

    A token of ours that is not its family's current one was used before, by whoever stole it or by whom it was stolen
    from: the family is revoked, with no grace. The family's row is locked, so that of two parallel calls one succeeds.
    """
    claims = tokens.read(refresh_token, use="refresh")
    if claims is None:
        return None
    with transaction.atomic(using=DATABASE):
        family = _locked(claims)
        if family is None:
            return None
        if family.refresh_id != claims.token_id:
            end_sessions(family.user_id, session_keys=[family.session_key], reason="refresh_token_reused")
            note_security(AuthAction.TOKEN_REUSED, user_id=family.user_id, after={"family": str(family.pk)})
            log.warning("tokens.reused", family_id=str(family.pk))
            return None
        family.refresh_id, family.refreshed_at = uuid4(), now()
        family.expires_at = now() + _refresh_lifetime()
        family.save(update_fields=["refresh_id", "refreshed_at", "expires_at"])
    return _signed(family)


def end_sessions(user_id: UUID, *, reason: str, session_keys: Collection[str] | None = None) -> None:
    """End these sessions of a person, or all, and every token of theirs, at once. Harmless when repeated."""
    families = TokenFamily.objects.filter(user_id=user_id, revoked_at=None).order_by("pk")
    with transaction.atomic(using=DATABASE):
        if session_keys is not None:
            families = families.filter(session_key__in=session_keys)
        ended = {*families.values_list("session_key", flat=True), *(session_keys or ())}
        families.update(revoked_at=now(), revoked_for=reason)
        Session.objects.filter(session_key__in=ended).delete()
        if ended:
            after = {"reason": reason, "sessions": len(ended)}
            note_security(AuthAction.SESSIONS_ENDED, user_id=user_id, after=after)
        forget_cached_sessions(ended)


def forget_cached_sessions(session_keys: Collection[str]) -> None:
    """Take sessions out of the cache once their end is final: until then a request could put them back."""
    transaction.on_commit(partial(_forget_cached, session_keys), using=DATABASE)


def prune_sessions() -> int:
    """Delete sessions whose time is over, with what was noted of where they came from; return how many rows."""
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    over: list[QuerySet[Any]] = [
        Session.objects.filter(expire_date__lt=now()),
        TokenFamily.objects.filter(expires_at__lt=now()),
        UserSession.objects.filter(~Exists(living)),
    ]
    return sum(delete_stepwise(rows) for rows in over)


def _forget_cached(session_keys: Collection[str]) -> None:
    caches[settings.SESSION_CACHE_ALIAS].delete_many([KEY_PREFIX + key for key in session_keys])


def _locked(claims: Claims) -> TokenFamily | None:
    family = (
        TokenFamily.objects.select_for_update(of=("self",))
        .filter(pk=claims.family_id, user_id=claims.user_id, revoked_at=None, expires_at__gt=now())
        .filter(user__is_active=True)
        .first()
    )
    return family if family is not None and session_exists(family.session_key) else None


def _signed(family: TokenFamily) -> Tokens:
    access_lifetime = timedelta(seconds=settings.TREUM_JWT_ACCESS_SECONDS)
    access = Claims(user_id=family.user_id, family_id=family.pk, token_id=uuid4())
    refresh = Claims(user_id=family.user_id, family_id=family.pk, token_id=family.refresh_id)
    return Tokens(
        access=tokens.sign(access, use="access", lifetime=access_lifetime),
        refresh=tokens.sign(refresh, use="refresh", lifetime=_refresh_lifetime()),
        expires_in=int(access_lifetime.total_seconds()),
    )


def _refresh_lifetime() -> timedelta:
    return timedelta(seconds=settings.TREUM_JWT_REFRESH_SECONDS)
