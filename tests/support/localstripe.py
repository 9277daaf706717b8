"""localstripe as a process of its own, never imported, and an interpreter between it and Stripe's library.

localstripe refuses whatever parameter it does not know, and lacks the account and the search. The interpreter takes out
what it would refuse, answers those two, and changes nothing else. docs/payments.md says what this leaves untested.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from tests.support.stripe_adapter import SECRET_KEY
from tests.support.stripe_objects import ACCOUNT
from tests.support.theatre import free_port

PROGRAM = Path(sys.executable).parent / "localstripe"
PATIENCE_SECONDS = 20

REFUSED_BY_IT = {
    ("POST", "/v1/payment_intents"): {
        "allowed_payment_method_types[0]",
        "description",
        "setup_future_usage",
        "return_url",
    },
    ("POST", "/v1/setup_intents"): {"allowed_payment_method_types[0]"},
    ("GET", "/v1/payment_intents"): {"customer", "created[gte]"},
    ("GET", "/v1/setup_intents"): {"customer", "created[gte]"},
    ("GET", "/v1/refunds"): {"created[gte]"},
    ("GET", "/v1/payouts"): {"created[gte]"},
}


class LocalStripe:
    """A running localstripe, and what payers do at it in their browsers."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.address = ""

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None) -> requests.Response:
        """Call it as Stripe's page does, without our library."""
        return requests.request(method, self.upstream + path, data=data, auth=(SECRET_KEY, ""), timeout=10)

    def a_card(self, number: str) -> str:
        """Return the id of a new card."""
        card = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
        made = self.ask("POST", "/v1/payment_methods", {"type": "card", **{f"card[{k}]": v for k, v in card.items()}})
        return str(made.json()["id"])

    def enter_card(self, intent_id: str, number: str) -> requests.Response:
        """Pay an intent with a card, as its payer does on the page."""
        path = f"/v1/payment_intents/{intent_id}"
        self.ask("POST", path, {"payment_method": self.a_card(number)}).raise_for_status()
        return self.ask("POST", f"{path}/confirm")

    def confirm_with_bank(self, intent_id: str, *, agreed: bool) -> None:
        """Agree to a payment at one's bank, or do not."""
        path = f"/v1/payment_intents/{intent_id}"
        secret = self.ask("GET", path).json()["client_secret"]
        answer = {"client_secret": secret, "success": str(agreed).lower()}
        self.ask("POST", f"{path}/_authenticate", answer).raise_for_status()

    def tell(self, address: str, secret: str) -> None:
        """Have webhooks sent to an address, signed with a secret."""
        self.ask("POST", "/_config/webhooks/ours", {"url": address, "secret": secret}).raise_for_status()


@contextmanager
def localstripe() -> Iterator[LocalStripe]:
    """Run localstripe from scratch, and yield it once it answers."""
    port = free_port()
    process = subprocess.Popen(
        [PROGRAM, "--port", str(port), "--from-scratch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    running = LocalStripe(f"http://127.0.0.1:{port}")
    try:
        _await(running)
        with _interpreter(running.upstream) as running.address:
            yield running
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def webhooks_taken() -> Iterator[tuple[list[tuple[bytes, dict[str, str]]], str]]:
    """Run a door for webhooks, and yield what comes through it and its address."""
    taken: list[tuple[bytes, dict[str, str]]] = []

    class Door(_Quiet):
        def do_POST(self) -> None:
            taken.append((self.body(), dict(self.headers.items())))
            self.give(200, b"{}")

    with _serving(Door) as address:
        yield taken, address


def _await(running: LocalStripe) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            running.ask("GET", "/v1/balance").raise_for_status()
            return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class _Quiet(BaseHTTPRequestHandler):
    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def give(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _interpreter(upstream: str) -> Iterator[str]:
    class Interpreter(_Quiet):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/v1/account":
                self.give(200, json.dumps({"id": ACCOUNT, "object": "account"}).encode())
            elif url.path == "/v1/customers/search":
                self.give(200, json.dumps(_searched(upstream, dict(parse_qsl(url.query))["query"])).encode())
            else:
                self.pass_on(f"{url.path}?{self.understood(url.path, url.query)}", None)

        def do_POST(self) -> None:
            self.pass_on(self.path, self.understood(self.path, self.body().decode()))

        def understood(self, path: str, encoded: str) -> str:
            refused = REFUSED_BY_IT.get((self.command, path), set())
            return urlencode([(name, value) for name, value in parse_qsl(encoded) if name not in refused])

        def pass_on(self, path: str, data: str | None) -> None:
            headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            answer = requests.request(self.command, upstream + path, data=data, headers=headers, timeout=10)
            self.give(answer.status_code, answer.content)

    with _serving(Interpreter) as address:
        yield address


def _searched(upstream: str, query: str) -> dict[str, Any]:
    """Search as `metadata['name']:'value'` asks for."""
    name, value = query.removeprefix("metadata['").removesuffix("'").split("']:'")
    listed = requests.get(f"{upstream}/v1/customers?limit=1000", auth=(SECRET_KEY, ""), timeout=10).json()["data"]
    found = [customer for customer in listed if customer["metadata"].get(name) == value]
    return {"object": "search_result", "url": "/v1/customers/search", "has_more": False, "data": found}
