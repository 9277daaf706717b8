"""Tell events by webhook: signed, over HTTP, again when nobody takes them; or badly, when the weather says so."""

import urllib.error
import urllib.request
from http import HTTPMethod
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.adapters.sandbox.apps import is_open
from apps.payments.adapters.sandbox.happenings import DATABASE, WEBHOOKS
from apps.payments.adapters.sandbox.models import Delivery, Event
from apps.payments.adapters.sandbox.notices import HEADER, secrets_of_webhooks, signature
from apps.payments.adapters.sandbox.weather import Fate, fate_of

log = structlog.get_logger(__name__)

DOOR = "/api/v1/payments/webhooks"
TIMEOUT_SECONDS = 5
WAITS = (2, 10, 60, 300, 1800)
"""Seconds before each further attempt, after which an event is given up: the merchant reconciles."""


class _NowhereElse(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a webhook goes to our own address or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NowhereElse, urllib.request.ProxyHandler({}))


def send_webhook(event_id: str) -> None:
    """Send an event, as often and as late as the weather says, and ask for another attempt when nobody took it.

    One that was taken is not sent again, nor is any while another provider collects the money.
    """
    event = Event.objects.get(pk=event_id)
    if not is_open() or event.deliveries.filter(status__range=(200, 299)).exists():
        return
    attempts = event.deliveries.aggregate(last=Max("attempt"))["last"] or 0
    fate = fate_of(event)
    if attempts == 0 and _is_held_up(event, fate):
        return
    answers = [_deliver(event, attempt=attempts + 1) for _ in range(fate.copies)]
    if not any(answers) and attempts < len(WAITS):
        _ask_again(event, delay=WAITS[attempts])


def _is_held_up(event: Event, fate: Fate) -> bool:
    """Tell whether an event is lost, or not to be told yet; then another task will tell it."""
    if fate.is_lost:
        log.info("sandbox.webhook_lost", event_id=event.pk)
        return True
    left = fate.late_seconds - int((now() - event.created_at).total_seconds())
    if left > 0:
        _ask_again(event, delay=left)
    return left > 0


def _ask_again(event: Event, *, delay: int) -> None:
    with transaction.atomic(using=DATABASE):
        request(WEBHOOKS, event.pk, using=DATABASE, delay=delay)


def _deliver(event: Event, *, attempt: int) -> bool:
    """Send one copy, keep what was answered, and return whether it was taken."""
    status = _posted(event.body.encode())
    Delivery.objects.create(event=event, attempt=attempt, status=status)
    log.info("sandbox.webhook_sent", event_id=event.pk, type=event.type, attempt=attempt, status=status)
    return status is not None and 200 <= status < 300


def _posted(body: bytes) -> int | None:
    """Post a body to our own door, signed, and return the status of the answer, or None when there was none."""
    headers = {
        "Content-Type": "application/json",
        HEADER: signature(body, at=int(now().timestamp()), secret=secrets_of_webhooks()[0]),
    }
    url = f"{settings.TREUM_PUBLIC_URL}{DOOR}"
    asked = urllib.request.Request(url, data=body, headers=headers, method=HTTPMethod.POST)  # noqa: S310 - our own
    try:
        with _OPENER.open(asked, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
