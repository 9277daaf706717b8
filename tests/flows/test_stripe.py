"""The whole product with Stripe as its provider: the real processes, and localstripe as a process of its own."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from apps.payments.adapters.sandbox.notices import signature
from tests.flows.test_payments import PATIENCE, PRO, Payer, is_up, registered
from tests.support.localstripe import LocalStripe, localstripe
from tests.support.mailbox import Mailbox
from tests.support.stripe_adapter import FRONTEND, SECRET_KEY, WEBHOOK_SECRETS
from tests.support.stripe_objects import ACCOUNT
from tests.support.theatre import free_port, until
from treum_project.stage import Stage

DOOR = "/api/v1/payments/webhooks"
NEXT_SECRET, FORMER_SECRET = WEBHOOK_SECRETS
GOOD, DECLINED = "4242424242424242", "4000000000000341"

_NEXT_MONTH_BEGINS = """
from datetime import timedelta
from apps.payments.services import billing_now, run_due
run_due(billing_now() + timedelta(days=31))
"""
_STAFF_REFUND = """
from decimal import Decimal
from apps.kernel.ids import uuid7
from apps.payments.services import billing_now, request_refund
given = dict(amount=Decimal("10.00"), currency="EUR", reason="duplicate", note="", staff_id=uuid7(), at=billing_now())
request_refund("{payment}", **given)
"""


@pytest.fixture(scope="module")
def there() -> Iterator[LocalStripe]:
    with localstripe() as running:
        yield running


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as open_mailbox:
        yield open_mailbox


@pytest.fixture(scope="module")
def stage(there: LocalStripe, mailbox: Mailbox) -> Iterator[Stage]:
    """The product as an operator starts it: everything about Stripe is said by variables."""
    environment = {
        "PORT": str(free_port()),
        "EMAIL_URL": mailbox.url,
        "TREUM_FRONTEND_URL": FRONTEND,
        "TREUM_PAYMENTS_PROVIDER": "stripe",
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": ",".join(WEBHOOK_SECRETS),
        "STRIPE_ACCOUNT": ACCOUNT,
        "STRIPE_API_BASE": there.address,
        "TREUM_LOGS_LEVEL": "DEBUG",
    }
    processes = ("web", "relay", "intake", "worker-notifications", "worker-core", "beat")
    with Stage(tell=print, name="stripe", processes=processes, environment=environment) as set_stage:
        set_stage.start()
        yield set_stage


@pytest.fixture(scope="module")
def web(stage: Stage, there: LocalStripe) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{stage.environment['PORT']}", timeout=30) as client:
        until(lambda: is_up(client), seconds=PATIENCE)
        there.tell(f"{client.base_url}{DOOR}", FORMER_SECRET)
        yield client


@pytest.fixture
def payer(web: httpx.Client, mailbox: Mailbox) -> Payer:
    return registered(web, mailbox)


def checkout(payer: Payer) -> tuple[str, str]:
    """Choose pro, follow the link as a browser does, and return the subscription and Stripe's intent."""
    begun = payer.post("subscriptions", {"price": PRO, "country": "DE"})
    assert begun["status"] == "incomplete"
    # localstripe knows no idempotency keys: the task and the link would make an intent each, were they to race.
    until(lambda: payer.get("payments")["results"][0]["status"] == "requires_payment_method", seconds=PATIENCE)
    led = payer.web.get(begun["checkout_url"], follow_redirects=False)
    page = urlsplit(led.headers["Location"])
    assert (led.status_code, led.headers["Cache-Control"], page.query) == (303, "no-store", "")
    assert f"{page.scheme}://{page.netloc}{page.path}".startswith(f"{FRONTEND}/checkout/")
    (secret,) = parse_qs(page.fragment)["client_secret"]
    return str(begun["id"]), secret.partition("_secret_")[0]


def has_pro(payer: Payer) -> bool:
    standing = payer.standing()
    return standing["plan"] == "pro" and standing["features"]["signals.realtime"] is True


def bought(payer: Payer, there: LocalStripe) -> str:
    """Subscribe, pay, and return the subscription once it counts."""
    subscription, intent = checkout(payer)
    there.enter_card(intent, GOOD).raise_for_status()
    until(lambda: has_pro(payer), seconds=PATIENCE)
    return subscription


def manage(stage: Stage, *words: str) -> str:
    done = stage.run("manage.py", *words, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def logged(stage: Stage) -> str:
    """Return all that the processes have written."""
    return "".join(path.read_text() for path in stage.directory.rglob("*.log"))


def test_who_pays_at_stripe_is_served_renewed_and_refunded_and_the_books_are_sound(
    payer: Payer, there: LocalStripe, stage: Stage
) -> None:
    subscription, intent = checkout(payer)
    there.enter_card(intent, GOOD).raise_for_status()
    until(lambda: has_pro(payer), seconds=PATIENCE)

    manage(stage, "shell", "-c", _NEXT_MONTH_BEGINS)
    until(lambda: len(payer.get("payments?status=succeeded")["results"]) == 2, seconds=PATIENCE)
    assert payer.get(f"subscriptions/{subscription}")["status"] == "active"
    renewal = payer.get("payments")["results"][0]
    made = [intent["metadata"]["payment_id"] for intent in there.ask("GET", "/v1/payment_intents").json()["data"]]
    assert made.count(renewal["id"]) == 1

    manage(stage, "shell", "-c", _STAFF_REFUND.format(payment=renewal["id"]))
    until(lambda: payer.get(f"payments/{renewal['id']}")["refunded"] == "10.00", seconds=PATIENCE)

    assert " 0 differences" in manage(stage, "reconcile", "--hours", "1")
    assert "provider_clearing" in manage(stage, "books")


def test_who_is_declined_at_stripe_is_told_why_and_has_what_they_had(payer: Payer, there: LocalStripe) -> None:
    subscription, intent = checkout(payer)
    assert there.enter_card(intent, DECLINED).status_code == 402
    until(lambda: payer.get("payments")["results"][0]["failure_code"] == "card_declined", seconds=PATIENCE)
    assert payer.get(f"subscriptions/{subscription}")["status"] == "incomplete"
    assert payer.standing()["plan"] == "free"


def test_both_secrets_are_good_while_one_is_exchanged_and_a_third_is_not(
    web: httpx.Client, mailbox: Mailbox, there: LocalStripe, stage: Stage
) -> None:
    door = f"{web.base_url}{DOOR}"
    there.tell(door, NEXT_SECRET)
    bought(registered(web, mailbox), there)
    there.tell(door, "whsec_of_another_endpoint")
    unheard = registered(web, mailbox)
    subscription, intent = checkout(unheard)
    there.enter_card(intent, GOOD).raise_for_status()
    until(lambda: "give us its endpoint's secret" in logged(stage), seconds=PATIENCE)
    assert unheard.get(f"subscriptions/{subscription}")["status"] == "incomplete"
    assert "repaired: status of payment_intent" in manage(stage, "reconcile", "--hours", "1")
    until(lambda: has_pro(unheard), seconds=PATIENCE)
    there.tell(door, FORMER_SECRET)


@pytest.mark.parametrize(
    ("instead", "status", "sentence"),
    [
        ({"livemode": True}, 422, "set a key of that mode"),
        ({"account": "acct_of_others"}, 422, "send its webhooks elsewhere"),
    ],
    ids=["of live mode", "of another account"],
)
def test_a_webhook_that_is_not_for_us_is_refused_with_what_to_do(
    web: httpx.Client, instead: dict[str, Any], status: int, sentence: str
) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    body = json.dumps({**event, **instead}).encode()
    headers = {"Content-Type": "application/json"}
    headers |= {"Stripe-Signature": signature(body, at=int(time.time()), secret=NEXT_SECRET)}
    answer = web.post(DOOR, content=body, headers=headers)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


def test_a_key_of_another_account_does_nothing_and_says_what_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(stage.environment, "STRIPE_ACCOUNT", "acct_of_others")
    done = stage.run("manage.py", "reconcile", "--hours", "1", capture_output=True)
    assert done.returncode != 0
    assert f"set STRIPE_ACCOUNT to {ACCOUNT}" in done.stderr


def test_no_process_has_written_down_what_confirms_a_payment(payer: Payer, there: LocalStripe, stage: Stage) -> None:
    bought(payer, there)
    written = logged(stage)
    assert "payments.ask_provider" in written, "there is nothing to look into"
    for secret in ("_secret_", SECRET_KEY, *WEBHOOK_SECRETS):
        assert secret not in written
