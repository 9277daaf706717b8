"""Sessions and their tokens: which of them are still good."""

from datetime import UTC, datetime
from uuid import UUID

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from apps.kernel.clock import now
from apps.users.models import TokenFamily
from apps.users.rules import tokens


def session_exists(session_key: str) -> bool:
    """Tell whether a session lives, by the database: a cache may remember one that has ended."""
    return Session.objects.filter(session_key=session_key, expire_date__gt=now()).exists()


def family_of_access_token(token: str) -> TokenFamily | None:
    """Return the living family of a good access token, with its user, in one query; None for any other token."""
    claims = tokens.read(token, use="access")
    if claims is None:
        return None
    session = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now())
    return (
        TokenFamily.objects.select_related("user")
        .filter(Exists(session), pk=claims.family_id, user_id=claims.user_id, revoked_at=None, user__is_active=True)
        .first()
    )


def proved_identity_at(family_id: UUID) -> datetime | None:
    """Return when the person of a family of tokens last gave a password or a code in its session."""
    key = TokenFamily.objects.filter(pk=family_id).values("session_key")
    session = Session.objects.filter(session_key__in=key, expire_date__gt=now()).first()
    records = [] if session is None else session.get_decoded().get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    newest = max((float(record["at"]) for record in records), default=None)
    return None if newest is None else datetime.fromtimestamp(newest, tz=UTC)
