"""Sign and read tokens (JWT, RFC 7519, signed with EdDSA). What a token permits is decided by its family's row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import jwt
from django.conf import settings

from apps.kernel.clock import now
from apps.users.rules.keys import signing_key, verifying_keys

ALGORITHM = "EdDSA"
Use = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: whose it is, of which family, and which one of that family."""

    user_id: UUID
    family_id: UUID
    token_id: UUID


def sign(claims: Claims, *, use: Use, lifetime: timedelta, at: datetime | None = None) -> str:
    """Return a signed token that is good for `lifetime`, from now on."""
    key, issued_at = signing_key(), at or now()
    payload = {
        "iss": settings.TREUM_JWT_ISSUER,
        "aud": settings.TREUM_JWT_AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.family_id),
        "jti": str(claims.token_id),
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "token_use": use,
    }
    return jwt.encode(payload, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


def read(token: str, *, use: Use) -> Claims | None:
    """Return what a token says, or None unless it is signed by one of our keys, for us, of this use, and in time."""
    try:
        key = verifying_keys().get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            return None
        payload = jwt.decode(
            token,
            key.public,
            algorithms=[ALGORITHM],
            issuer=settings.TREUM_JWT_ISSUER,
            audience=settings.TREUM_JWT_AUDIENCE,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]},
        )
        if payload.get("token_use") != use:
            return None
        return Claims(UUID(payload["sub"]), UUID(payload["sid"]), UUID(payload["jti"]))
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
