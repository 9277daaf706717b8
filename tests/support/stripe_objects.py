"""Stripe's objects and errors as its reference documents them, and a server that answers with them over real HTTP.

It has no state of its own: each test says what is answered to which call, and reads afterwards what was asked.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ACCOUNT = "acct_1Treum"
CREATED = 1_780_000_000
NO_ANSWER = "no answer"
"""The connection is cut after the request was read."""
SILENCE = "silence"
"""Nothing comes until the asker has gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with another status than 200."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]


class StandIn:
    """Answers as it was told to: the answers to one call in their order, the last of them again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.gone = threading.Event()
        self._answers: dict[tuple[str, str], list[Any]] = {}
        self.on("GET", "/v1/account", {"id": ACCOUNT, "object": "account"})

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Say what is answered to a call."""
        self._answers[method, path] = list(answers)

    def calls_to(self, path: str) -> list[Asked]:
        """Return the calls to a path, in order."""
        return [asked for asked in self.asked if asked.path == path]

    def answer_to(self, asked: Asked) -> Any:
        """Note a call and return what is answered."""
        self.asked.append(asked)
        left = self._answers.get((asked.method, asked.path))
        if left is None:
            return error(404, "invalid_request_error", code="resource_missing", message=f"No such thing: {asked.path}")
        return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def standing_in() -> Iterator[tuple[StandIn, str]]:
    """Run a server, and yield it with its address."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _answer(self, encoded: str) -> None:
            given = stand_in.answer_to(
                Asked(self.command, urlsplit(self.path).path, dict(parse_qsl(encoded)), dict(self.headers.items()))
            )
            if given in (NO_ANSWER, SILENCE):
                if given == SILENCE:
                    stand_in.gone.wait(10)
                self.close_connection = True
                return
            answer = given if isinstance(given, Answer) else Answer(200, given)
            body = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(body)), "Request-Id": "req_1", **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield stand_in, f"http://127.0.0.1:{server.server_port}"
    finally:
        stand_in.gone.set()
        server.shutdown()
        server.server_close()


def a_card(**instead: Any) -> dict[str, Any]:
    """Return a payment method that is a card."""
    card = {
        "brand": "visa",
        "country": "DE",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "Xt5EWLLDS7FJjR1c",
        "funding": "credit",
        "last4": "4242",
        "wallet": None,
    }
    return {
        "id": "pm_1",
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "card": card,
        "created": CREATED,
        "customer": "cus_1",
        "livemode": False,
        "metadata": {},
        "type": "card",
        **instead,
    }


def a_balance_line(**instead: Any) -> dict[str, Any]:
    """Return a balance transaction: 49.00 EUR came in, 1.72 EUR were kept."""
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": 4900,
        "available_on": CREATED,
        "created": CREATED,
        "currency": "eur",
        "description": None,
        "exchange_rate": None,
        "fee": 172,
        "fee_details": [{"amount": 172, "currency": "eur", "type": "stripe_fee", "description": "Stripe fees"}],
        "net": 4728,
        "reporting_category": "charge",
        "source": "ch_1",
        "status": "available",
        "type": "charge",
        **instead,
    }


def a_charge(**instead: Any) -> dict[str, Any]:
    """Return a charge that was captured."""
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 4900,
        "amount_captured": 4900,
        "amount_refunded": 0,
        "balance_transaction": "txn_1",
        "captured": True,
        "created": CREATED,
        "currency": "eur",
        "customer": "cus_1",
        "failure_code": None,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": "pi_1",
        "payment_method": "pm_1",
        "refunded": False,
        "status": "succeeded",
        **instead,
    }


def an_intent(**instead: Any) -> dict[str, Any]:
    """Return a payment intent that waits for a card."""
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 4900,
        "amount_capturable": 0,
        "amount_received": 0,
        "allowed_payment_method_types": ["card"],
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": "pi_1_secret_abc",
        "confirmation_method": "automatic",
        "created": CREATED,
        "currency": "eur",
        "customer": "cus_1",
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "setup_future_usage": "off_session",
        "status": "requires_payment_method",
        **instead,
    }


def a_paid_intent(**instead: Any) -> dict[str, Any]:
    """Return a payment intent that succeeded, with what we have it expanded with."""
    return an_intent(
        **{
            "status": "succeeded",
            "amount_received": 4900,
            "payment_method": a_card(),
            "latest_charge": a_charge(balance_transaction=a_balance_line()),
            **instead,
        }
    )


def a_setup(**instead: Any) -> dict[str, Any]:
    """Return a setup intent that waits for a card."""
    return {
        "id": "seti_1",
        "object": "setup_intent",
        "allowed_payment_method_types": ["card"],
        "cancellation_reason": None,
        "client_secret": "seti_1_secret_abc",
        "created": CREATED,
        "customer": "cus_1",
        "description": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
        **instead,
    }


def a_refund(**instead: Any) -> dict[str, Any]:
    """Return a refund that succeeded. Stripe does not say of refunds which mode they are of."""
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 1000,
        "balance_transaction": "txn_2",
        "charge": "ch_1",
        "created": CREATED,
        "currency": "eur",
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": None,
        "receipt_number": None,
        "status": "succeeded",
        **instead,
    }


def a_payout(**instead: Any) -> dict[str, Any]:
    """Return a payout that arrived."""
    return {
        "id": "po_1",
        "object": "payout",
        "amount": 3728,
        "arrival_date": CREATED,
        "automatic": True,
        "balance_transaction": "txn_9",
        "created": CREATED,
        "currency": "eur",
        "destination": "ba_1",
        "failure_balance_transaction": None,
        "failure_code": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "status": "paid",
        "type": "bank_account",
        **instead,
    }


def an_event(about: dict[str, Any], **instead: Any) -> dict[str, Any]:
    """Return an event about an object. Stripe names an account in those of connected accounts only."""
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": CREATED,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": "payment:1"},
        "type": "payment_intent.succeeded",
        **instead,
    }


def a_list(*things: dict[str, Any], more: bool = False, of: str = "list") -> dict[str, Any]:
    """Return a page of a list, or of what a search found."""
    return {"object": of, "url": "/v1/things", "has_more": more, "data": list(things)}


def error(status: int, kind: str, **said: Any) -> Answer:
    """Return an error as Stripe answers with it."""
    return Answer(status, {"error": {"type": kind, **said}})


def a_decline(intent: dict[str, Any], **said: Any) -> Answer:
    """Return the answer to a confirmation whose card was declined: the error, and in it the intent."""
    why = {"type": "card_error", "code": "card_declined", "message": "Your card was declined.", **said}
    declined = {**intent, "last_payment_error": {**why, "payment_method": a_card()}}
    return Answer(402, {"error": {**why, "charge": "ch_1", "payment_intent": declined}})
