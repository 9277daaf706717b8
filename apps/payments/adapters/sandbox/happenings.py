"""Note that something happened to an object, to be told by webhook."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.adapters.sandbox.models import Event

DATABASE = "payments"
ACCOUNT = "acct_sandbox"
API_VERSION = "2026-09-30"
WEBHOOKS = "payments.send_sandbox_webhooks"


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess."""
    return f"{prefix}_{secrets.token_hex(12)}"


def happened(kind: str, thing: Mapping[str, Any]) -> None:
    """Store what happened to a thing and ask for its webhook, in the transaction of the change."""
    event_id, moment = new_id("evt"), now()
    body = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": int(moment.timestamp()),
        "livemode": False,
        "account": ACCOUNT,
        "type": kind,
        "data": {"object": thing},
    }
    Event.objects.create(id=event_id, type=kind, object_id=thing["id"], body=json.dumps(body), created_at=moment)
    request(WEBHOOKS, event_id, using=DATABASE)
