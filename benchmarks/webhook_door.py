"""`webhook_door`: a signed webhook to a committed row and its answer, against a bare view that does no more than that.

Both verify the signature and insert a row into the same table. Ours passes the gate and asks for the task that handles
the webhook besides. They are sent to in turns, over a connection that is kept, on the same server.
"""

import http.client
import json
import statistics
import time

from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.adapters.sandbox.happenings import ACCOUNT
from apps.payments.apps import DATABASE
from apps.payments.models import ProviderNotice
from benchmarks.bare_webhooks import HEADER, signed
from benchmarks.figures import SECONDS, Figure, figure
from benchmarks.serving import PATIENCE_SECONDS, served
from benchmarks.staging import staged

ROUNDS, WEBHOOKS = 5, 400
OURS, BARE = "/api/v1/payments/webhooks", "/bare/webhooks"


def measure() -> list[Figure]:
    """Return the figures, measured on a stage of its own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Send to both in turns, and compare the medians of what an answer takes."""
    ours: list[float] = []
    bare: list[float] = []
    with served(unlimited=["WEBHOOKS"]) as port:
        for number in range(ROUNDS + 1):
            took, bare_took = _sent(port, OURS), _sent(port, BARE)
            if number:
                ours += took
                bare += bare_took
            print(
                f"  ours {_median_ms(took)}, bare {_median_ms(bare_took)}{'' if number else ' (warm-up)'}", flush=True
            )
    _refuse_what_was_not_kept()
    door, yardstick = statistics.median(ours), statistics.median(bare)
    return [figure("webhook_door_vs_bare", ours=door, yardstick=yardstick, unit=SECONDS, goal=None)]


def _sent(port: int, path: str) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    took = [_send(connection, path) for _ in range(WEBHOOKS)]
    connection.close()
    return took


def _send(connection: http.client.HTTPConnection, path: str) -> float:
    body = _body()
    headers = {"Content-Type": "application/json", HEADER: signed(body)}
    begun = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    told = answer.read()
    seconds = time.perf_counter() - begun
    if answer.status != http.client.OK:
        raise AssertionError(f"{path} answered {answer.status}: {told[:200]!r}")
    return seconds


def _body() -> bytes:
    """Return a new event about a new intent, of the size of Stripe's."""
    intent = {"id": f"pi_{uuid7().hex}", "object": "payment_intent", "description": "x" * 2000}
    event = {
        "id": f"evt_{uuid7().hex}",
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "account": ACCOUNT,
        "type": "payment_intent.succeeded",
        "data": {"object": intent},
    }
    return json.dumps(event).encode()


def _refuse_what_was_not_kept() -> None:
    sent = (ROUNDS + 1) * WEBHOOKS
    kept = ProviderNotice.objects.count()
    asked = OutboxMessage.objects.using(DATABASE).filter(name="payments.handle_notice").count()
    if (kept, asked) != (2 * sent, sent):
        raise AssertionError(f"{2 * sent} webhooks were sent, {kept} kept; {asked} tasks asked for instead of {sent}.")


def _median_ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.2f} ms"
