"""Note that something happened to an object, to be told by webhook."""

import json
import secrets

from django.utils import timezone

from apps.kernel.outbox.recorder import request
from apps.payments.adapters.sandbox.models import Event

DATABASE = "payments"
ACCOUNT = "acct_sandbox"


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess."""
    return f"{prefix}_{secrets.token_hex(12)}"


def happened(kind: str, object_name: str, object_id: str) -> Event:
    """Store an event and ask for its webhook, in the transaction of the change."""
    event_id, moment = new_id("evt"), timezone.now()
    body = {
        "id": event_id,
        "object": "event",
        "type": kind,
        "created": int(moment.timestamp()),
        "livemode": False,
        "account": ACCOUNT,
        "data": {"object": {"id": object_id, "object": object_name}},
    }
    event = Event.objects.create(id=event_id, type=kind, object_id=object_id, body=json.dumps(body), created_at=moment)
    request("payments.send_sandbox_webhooks", event_id, using=DATABASE)
    return event
