"""Webhooks as the sandbox signs them, and as whoever receives one verifies and reads it."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from apps.kernel.clock import now
from apps.payments.adapters.sandbox.happenings import ACCOUNT
from apps.payments.errors import NoticeUnreadable, SignatureInvalid, SignatureStale, WrongAccount, WrongMode
from apps.payments.ports import Notice, ObjectKind

HEADER = "Stripe-Signature"
TOLERANCE_SECONDS = 300
_MOMENT = re.compile(r"[0-9]{1,12}")
_KINDS = {kind.value: kind for kind in ObjectKind}


def secrets_of_webhooks() -> list[str]:
    """Return the secrets: the first signs, all of them verify."""
    derived = hmac.new(settings.SECRET_KEY.encode(), b"sandbox webhooks", hashlib.sha256).hexdigest()
    return settings.TREUM_SANDBOX_WEBHOOK_SECRETS or [derived]


def signature(body: bytes, *, at: int, secret: str) -> str:
    """Return the header that proves a webhook, as Stripe makes it."""
    return f"t={at},v1={_proof(body, at=at, secret=secret)}"


def read(body: bytes, headers: Mapping[str, str]) -> Notice:
    """Return what a webhook says, as `PaymentProvider.read_notice` promises it."""
    _verify(body, headers.get(HEADER, ""))
    try:
        told = json.loads(body)
        livemode, account, notice = told["livemode"], told["account"], as_notice(told)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NoticeUnreadable(reason=f"{type(error).__name__}: {error}") from error
    if livemode is not False:
        raise WrongMode(theirs="live", ours="test")
    if account != ACCOUNT:
        raise WrongAccount(theirs=account)
    return notice


def as_notice(told: Mapping[str, Any]) -> Notice:
    """Return an event. Raises KeyError, TypeError or OverflowError for what is none."""
    thing = told["data"]["object"]
    return Notice(
        event_id=_text(told["id"]),
        type=_text(told["type"]),
        created_at=datetime.fromtimestamp(told["created"], UTC),
        object_kind=_KINDS.get(_text(thing["object"]), ObjectKind.OTHER),
        object_id=_text(thing["id"]),
    )


def _verify(body: bytes, header: str) -> None:
    """There may be several proofs, of as many secrets; the age counts once one of them holds."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]):
        raise SignatureInvalid()
    at = int(moments[0])
    wanted = [_proof(body, at=at, secret=secret).encode() for secret in secrets_of_webhooks()]
    given = [value.encode() for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(proof, one) for proof in given for one in wanted):
        raise SignatureInvalid()
    age = int(now().timestamp()) - at
    if abs(age) > TOLERANCE_SECONDS:
        raise SignatureStale(seconds=age, tolerance=TOLERANCE_SECONDS)


def _proof(body: bytes, *, at: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError(f"{value!r} is no text")
    value.encode()
    return value
