"""A request that can be repeated: a small view with one effect, answered once for a key.

As a program it is a web process that dies: `python -m tests.support.repeats PRINCIPAL KEY POINT` answers one request
in database `trading` and is killed at POINT, `before_commit` or `after_commit`.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

TRADING = "trading"
EFFECT = "trading.effect"
ADDRESS = "/api/v1/effects"

View = Callable[..., HttpResponseBase]


def effective(request: Any) -> HttpResponseBase:
    """Have the one effect, and answer with an id that is new each time."""
    from apps.kernel.ids import uuid7
    from apps.kernel.outbox.recorder import request as ask

    with transaction.atomic(using=TRADING):
        ask(EFFECT, using=TRADING)
    made = str(uuid7())
    return HttpResponse(
        json.dumps({"id": made}),
        status=201,
        headers={"Location": f"{ADDRESS}/{made}", "X-Other": made, "Content-Type": "application/json"},
    )


def ask_once(
    principal: str,
    key: str,
    *,
    view: View = effective,
    body: str = "{}",
    route: str = "effect-list",
    address: str = ADDRESS,
    database: str = TRADING,
) -> HttpResponseBase:
    """Send a request with a key to a view, as the gate does."""
    from apps.kernel.idempotency.answers import answer_once

    request = RequestFactory().post(address, body, content_type="application/json")
    return answer_once(
        request, key=key, principal=principal, route=route, database=database, call=lambda: view(request)
    )


def _dying(request: Any) -> HttpResponseBase:
    effective(request)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def main() -> None:
    """Answer one request, and die."""
    import django

    django.setup()
    principal, key, point = sys.argv[1:]
    ask_once(principal, key, view=_dying if point == "before_commit" else effective)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
