"""Tell events by webhook: signed, over HTTP, again when nobody takes them; or badly, when the weather says so."""

import random
import urllib.error
import urllib.request
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import transaction

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.adapters.sandbox.happenings import DATABASE
from apps.payments.adapters.sandbox.models import Delivery, Event
from apps.payments.adapters.sandbox.provider import secrets_of_webhooks, signature
from apps.payments.adapters.sandbox.weather import weather

log = structlog.get_logger(__name__)

DOOR = "/api/v1/payments/webhooks"
TIMEOUT_SECONDS = 5
WAITS = (2, 10, 60, 300, 1800)
"""Seconds before each further attempt, after which an event is given up: the merchant reconciles."""


def send_webhook(event_id: str) -> None:
    """Send an event, as often and as late as the weather says, and ask for another attempt when nobody took it."""
    event = Event.objects.get(pk=event_id)
    sky, dice = weather(), random.Random(event_id)
    attempt = event.deliveries.count() + 1
    if attempt == 1 and dice.random() < sky.lose:
        log.info("sandbox.webhook_lost", event_id=event_id)
        return
    late = sky.delay_seconds + (dice.randint(1, 3) if sky.reorder else 0)
    if attempt == 1 and late and (now() - event.created_at).total_seconds() < late:
        _ask_again(event_id, delay=late)
        return
    answers = [_deliver(event, attempt=attempt) for _ in range(sky.copies)]
    if HTTPStatus.OK not in answers and attempt <= len(WAITS):
        _ask_again(event_id, delay=WAITS[attempt - 1])


def _ask_again(event_id: str, *, delay: int) -> None:
    with transaction.atomic(using=DATABASE):
        request("payments.send_sandbox_webhooks", event_id, using=DATABASE, delay=delay)


def _deliver(event: Event, *, attempt: int) -> int | None:
    """Send one copy, and return the status of the answer."""
    body = event.body.encode()
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": signature(body, at=int(now().timestamp()), secret=secrets_of_webhooks()[0]),
    }
    url = f"{settings.TREUM_PUBLIC_URL}{DOOR}"
    asked = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own address
            status: int | None = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError:
        status = None
    Delivery.objects.create(event=event, attempt=attempt, status=status)
    return status
