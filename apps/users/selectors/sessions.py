"""Sessions and their tokens: which of them are still good."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.models import Session

from apps.kernel.clock import now
from apps.users.models import TokenFamily, User
from apps.users.rules import tokens

_GRANTED = """
SELECT person.*, family.session_key AS session_key
FROM users_token_family AS family JOIN users_user AS person ON person.id = family.user_id
WHERE family.id = %s AND family.user_id = %s AND family.revoked_at IS NULL AND person.is_active
  AND EXISTS (SELECT FROM django_session AS session
              WHERE session.session_key = family.session_key AND session.expire_date > %s)
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a good access token stands for: a person, the family of tokens that it is of, and its session."""

    user: User
    family_id: UUID
    session_key: str


def session_exists(session_key: str) -> bool:
    """Tell whether a session lives, by the database: a cache may remember one that has ended."""
    return Session.objects.filter(session_key=session_key, expire_date__gt=now()).exists()


def grant_of_access_token(token: str) -> Grant | None:
    """Return what a good access token grants, in one query; None for any other token.

    The query is written out: it comes with every request, and building it would take twice as long as asking it.
    """
    claims = tokens.read(token, use="access")
    if claims is None:
        return None
    for user in User.objects.raw(_GRANTED, [claims.family_id, claims.user_id, now()]):
        return Grant(user=user, family_id=claims.family_id, session_key=user.session_key)  # type: ignore[attr-defined] # of the query
    return None


def proved_identity_at(family_id: UUID) -> datetime | None:
    """Return when the person of a family of tokens last gave a password or a code in its session."""
    key = TokenFamily.objects.filter(pk=family_id).values("session_key")
    session = Session.objects.filter(session_key__in=key, expire_date__gt=now()).first()
    records = [] if session is None else session.get_decoded().get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    newest = max((float(record["at"]) for record in records), default=None)
    return None if newest is None else datetime.fromtimestamp(newest, tz=UTC)
