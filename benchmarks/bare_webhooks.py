"""A webhook's signature, and a view that checks it and keeps the webhook, with nothing in front of it."""

import hmac
import json
import time
from datetime import UTC, datetime

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.payments.adapters.sandbox.notices import secrets_of_webhooks, signature
from apps.payments.apps import DATABASE

HEADER = "Stripe-Signature"
_KEEP = """
    INSERT INTO payments_providernotice
           (provider, event_id, type, object_kind, object_id, status, error, created_at)
    VALUES ('bare', %s, %s, %s, %s, 'received', '', %s) ON CONFLICT DO NOTHING
"""


def signed(body: bytes) -> str:
    """Return the header that proves a body to be the sandbox's."""
    return signature(body, at=int(time.time()), secret=secrets_of_webhooks()[0])


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Check the signature, keep the webhook, answer."""
    header = request.headers[HEADER]
    moment = int(header.partition(",")[0].removeprefix("t="))
    proof = signature(request.body, at=moment, secret=secrets_of_webhooks()[0])
    if not hmac.compare_digest(header, proof):
        return HttpResponse(status=400)
    event = json.loads(request.body)
    about = event["data"]["object"]
    created = datetime.fromtimestamp(event["created"], UTC)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_KEEP, [event["id"], event["type"], about["object"], about["id"], created])
    return HttpResponse()
