"""Webhooks as the sandbox sends them, made by hand: signed or not, doubled, shuffled and lost."""

import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework.test import APIClient

from apps.payments.adapters.sandbox.happenings import ACCOUNT
from apps.payments.adapters.sandbox.notices import secrets_of_webhooks, signature
from apps.payments.ports import Notice
from tests.support.people import an_address

DOOR = "/api/v1/payments/webhooks"


def body_of(notice: Notice, **instead: Any) -> bytes:
    """Return the body that tells of an event; `instead` replaces members of it."""
    event = {
        "id": notice.event_id,
        "object": "event",
        "api_version": "2026-09-30",
        "created": int(notice.created_at.timestamp()),
        "livemode": False,
        "account": ACCOUNT,
        "type": notice.type,
        "data": {"object": {"id": notice.object_id, "object": notice.object_kind.value}},
    }
    return json.dumps({**event, **instead}, separators=(",", ":")).encode()


def signature_of(body: bytes, *, seconds_ago: int = 0, secret: str | None = None) -> dict[str, str]:
    """Return the header that proves a body to be the provider's."""
    key = secrets_of_webhooks()[0] if secret is None else secret
    return {"Stripe-Signature": signature(body, at=int(time.time()) - seconds_ago, secret=key)}


def deliver(client: APIClient, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """Send a webhook through the door and return the answer."""
    given = signature_of(body) if headers is None else headers
    return client.generic("POST", DOOR, body, content_type="application/json", headers=given)


def a_stranger() -> APIClient:
    """Return a client without any credentials, from an address of its own."""
    return APIClient(REMOTE_ADDR=an_address())


def stormy(notices: Iterable[Notice], *, copies: int, lost: float, dice: random.Random) -> Sequence[Notice]:
    """Return events as a storm delivers them: some never, all others many times, in any order."""
    arriving = [notice for notice in notices if dice.random() >= lost] * copies
    dice.shuffle(arriving)
    return arriving
