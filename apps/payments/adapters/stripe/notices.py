"""Stripe's webhooks: signed bytes that become notices, or are refused with the reason."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import stripe

from apps.payments.adapters.stripe.reading import moment
from apps.payments.errors import NoticeUnreadable, SignatureInvalid, SignatureStale, WrongAccount, WrongMode
from apps.payments.ports import Notice, ObjectKind

SIGNATURE = "stripe-signature"
TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class NoticeReader:
    """Reads webhooks that were signed with one of `secrets`. Two are valid while one is being exchanged."""

    secrets: Sequence[str]
    livemode: bool
    account: str

    def read(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a webhook says.

        Raises SignatureInvalid, SignatureStale, WrongMode, WrongAccount or NoticeUnreadable.
        """
        signature = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE, "")
        if not any(_is_signed(body, signature, secret) for secret in self.secrets):
            raise SignatureInvalid()
        _refuse_stale(signature)
        event = _event_in(body)
        self._refuse_others(event)
        return notice_of(event)

    def _refuse_others(self, event: Mapping[str, Any]) -> None:
        if event.get("livemode") is not self.livemode:
            raise WrongMode(theirs=_mode(event.get("livemode") is True), ours=_mode(self.livemode))
        # Stripe names an account only where it speaks for one that is connected to ours.
        if event.get("account") not in (None, self.account):
            raise WrongAccount(theirs=event["account"])


def notice_of(event: Mapping[str, Any]) -> Notice:
    """Return an event as a notice. Raises NoticeUnreadable for something that is none."""
    try:
        about = event["data"]["object"]
        return Notice(
            event_id=_text(event["id"]),
            type=_text(event["type"]),
            created_at=moment(event["created"]),
            object_kind=_kind(about.get("object")),
            object_id=str(about.get("id", "")),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as missing:
        raise NoticeUnreadable(reason=f"it is no event of Stripe's ({type(missing).__name__})") from None


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    # Besides its own error the library raises those of text that is no UTF-8, and of digests that are no ASCII.
    with suppress(stripe.SignatureVerificationError, ValueError, TypeError):
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
    return False


def _refuse_stale(signature: str) -> None:
    """Refuse what was signed too long ago, which the library tells as it tells a wrong digest, or in time to come."""
    signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
    seconds = int(time.time()) - signed_at
    if abs(seconds) > TOLERANCE_SECONDS:
        raise SignatureStale(seconds=seconds, tolerance=TOLERANCE_SECONDS)


def _event_in(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        raise NoticeUnreadable(reason="it is no JSON") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise NoticeUnreadable(reason="it is no event")
    return event


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("This is no text.")
    return value


def _kind(name: Any) -> ObjectKind:
    return ObjectKind(name) if name in set(ObjectKind) else ObjectKind.OTHER


def _mode(live: bool) -> str:
    return "live" if live else "test"
