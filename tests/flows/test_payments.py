"""Stories of payers, in a real browser and through the real processes: paid, declined, confirmed, and fallen behind."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import psycopg2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import a_browser, enter_card
from tests.support.checkout import ALWAYS_3DS, DECLINED_CARD, DECLINED_LATER, GOOD_CARD
from tests.support.mailbox import Mailbox
from tests.support.people import PASSWORD
from tests.support.theatre import URLS, free_port, until
from treum_project.stage import Stage

AUTH = "/api/v1/auth/app/v1"
PRO = "pro-eur-month"
SOON = 2.0
"""Within so many seconds of the payment the features are there."""
PATIENCE = 60
DROPS = 8
_DROP = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Payer:
    """Somebody who is logged in."""

    web: httpx.Client
    token: str

    def get(self, path: str) -> Any:
        """Return what stands at an address."""
        return self._checked(self.web.get(f"/api/v1/{path}", headers=self._headers())).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer to a deed."""
        headers = {**self._headers(), "Idempotency-Key": uuid4().hex}
        return self._checked(self.web.post(f"/api/v1/{path}", json=body, headers=headers)).json()

    def standing(self) -> Any:
        """Return how they stand with the users."""
        return self.get("me")["standing"] or {}

    def has(self, plan: str) -> bool:
        """Tell whether a plan is honoured: by its features, and by the signals that were made just now."""
        standing, paid = self.standing(), plan != "free"
        known = standing.get("plan") == plan and standing["features"]["signals.realtime"] is paid
        return known and self.sees_signals() is paid

    def sees_signals(self) -> bool:
        """Tell whether they see fresh signals; who does sees their targets."""
        fresh = self.get("signals?type=BUY")["results"]
        assert all(signal["target"] and signal["stop_loss"] for signal in fresh)
        return bool(fresh)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, f"{answer.request.url}: {answer.text}"
        return answer


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as open_mailbox:
        yield open_mailbox


@pytest.fixture(scope="module")
def stage(mailbox: Mailbox) -> Iterator[Stage]:
    environment = {
        "PORT": str(free_port()),
        "EMAIL_URL": mailbox.url,
        "TREUM_FRONTEND_URL": "https://app.treum.example",
    }
    processes = ("web", "relay", "intake", "worker-signals", "worker-notifications", "worker-core")
    with Stage(tell=print, name="payments", processes=processes, environment=environment) as set_stage:
        set_stage.start()
        assert set_stage.run("-m", "tests.support.spoken").returncode == 0
        yield set_stage


@pytest.fixture(scope="module")
def web(stage: Stage) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{stage.environment['PORT']}", timeout=30) as client:
        until(lambda: is_up(client), seconds=PATIENCE)
        yield client


@pytest.fixture(scope="module")
def browser(web: httpx.Client) -> Iterator[Browser]:
    with a_browser() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def payer(web: httpx.Client, mailbox: Mailbox) -> Payer:
    """Somebody who has just registered, and has the plan that everybody has."""
    payer = registered(web, mailbox)
    until(lambda: payer.has("free"), seconds=PATIENCE)
    return payer


def registered(web: httpx.Client, mailbox: Mailbox) -> Payer:
    """Return somebody new, logged in, as soon as their standing is known."""
    email = f"{uuid4().hex}@example.com"
    assert web.post(f"{AUTH}/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 401
    key = unquote(mailbox.wait_for(email).link.rpartition("/")[2])
    assert web.post(f"{AUTH}/auth/email/verify", json={"key": key}).status_code in (200, 401)
    logged_in = web.post(f"{AUTH}/auth/login", json={"email": email, "password": PASSWORD})
    payer = Payer(web, logged_in.json()["meta"]["access_token"])
    until(lambda: payer.standing().get("plan") == "free", seconds=PATIENCE)
    return payer


def is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def checkout(payer: Payer, page: Page) -> str:
    """Choose pro, open the link in the browser and return the subscription."""
    begun = payer.post("subscriptions", {"price": PRO, "country": "DE"})
    assert begun["status"] == "incomplete"
    page.goto(begun["checkout_url"])
    assert "/sandbox/checkout/" in page.url
    expect(page.locator("h1")).to_contain_text("49.00")
    return str(begun["id"])


def move_clock(stage: Stage, *, days: int) -> None:
    manage(stage, "billing_clock", "--days", str(days))


def drop_connections(stage: Stage) -> int:
    """End every connection to the stage's databases, as their death would; return how many there were."""
    dropped = 0
    for name in URLS.values():
        with closing(psycopg2.connect(stage.environment[name])) as connection, connection.cursor() as cursor:
            cursor.execute(_DROP)
            dropped += cursor.fetchone()[0]
    time.sleep(0.2)
    return dropped


def honoured(payer: Payer, plan: str) -> bool:
    """Tell whether a plan is honoured, by whoever can answer at the moment."""
    try:
        return payer.has(plan)
    except (AssertionError, httpx.TransportError):
        return False


def manage(stage: Stage, *words: str) -> None:
    done = stage.run("manage.py", *words, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_who_pays_has_the_features_within_two_seconds(payer: Payer, page: Page) -> None:
    subscription = checkout(payer, page)
    began = time.monotonic()
    enter_card(page, GOOD_CARD)
    until(lambda: payer.has("pro"), seconds=PATIENCE, pause=0.02)
    seconds = time.monotonic() - began
    print(f"\nFrom the card to its features: {seconds:.2f} s")
    assert seconds <= SOON
    expect(page.get_by_role("status")).to_contain_text("Paid")
    (invoice,) = payer.get("invoices")["results"]
    assert (invoice["status"], invoice["amount_paid"], invoice["subscription_id"]) == ("paid", "49.00", subscription)
    assert payer.get("billing")["default_payment_method"]["last4"] == GOOD_CARD[-4:]


def test_who_is_declined_pays_with_another_card_that_their_bank_confirms(payer: Payer, page: Page) -> None:
    subscription = checkout(payer, page)
    enter_card(page, DECLINED_CARD)
    expect(page.get_by_role("alert")).to_contain_text("declined")
    assert payer.get(f"subscriptions/{subscription}")["status"] == "incomplete"
    enter_card(page, ALWAYS_3DS)
    expect(page.locator("h2")).to_contain_text("Your bank asks")
    assert payer.has("free")
    page.click("button[value=refuse]")
    expect(page.get_by_role("alert")).to_contain_text("bank did not confirm")
    enter_card(page, ALWAYS_3DS)
    page.click("button[value=confirm]")
    expect(page.get_by_role("status")).to_contain_text("Paid")
    until(lambda: payer.has("pro"), seconds=PATIENCE)
    assert len(payer.get("invoices")["results"]) == 1


def test_who_pays_while_the_databases_drop_everybody_is_honoured_all_the_same(
    payer: Payer, page: Page, stage: Stage
) -> None:
    checkout(payer, page)
    assert drop_connections(stage) >= len(URLS), "there was nobody to drop"
    enter_card(page, GOOD_CARD)
    expect(page.get_by_role("status")).to_contain_text("Paid")
    for _ in range(DROPS):
        drop_connections(stage)
    until(lambda: honoured(payer, "pro"), seconds=PATIENCE)
    (payment,) = payer.get("payments")["results"]
    assert (payment["status"], payment["amount"]) == ("succeeded", "49.00")
    manage(stage, "books")


def test_who_pays_in_a_storm_pays_once(payer: Payer, page: Page, stage: Stage) -> None:
    manage(stage, "sandbox", "webhooks", "--double", "10", "--reorder")
    checkout(payer, page)
    enter_card(page, DECLINED_CARD)
    enter_card(page, GOOD_CARD)
    until(lambda: payer.has("pro"), seconds=PATIENCE)
    manage(stage, "sandbox", "webhooks")
    (payment,) = payer.get("payments")["results"]
    assert (payment["status"], payment["amount"]) == ("succeeded", "49.00")
    assert len(payer.get("invoices")["results"]) == 1


def test_who_pays_and_nobody_tells_has_the_features_after_the_reconciler(
    payer: Payer, page: Page, stage: Stage
) -> None:
    manage(stage, "sandbox", "webhooks", "--lose", "1")
    subscription = checkout(payer, page)
    enter_card(page, GOOD_CARD)
    expect(page.get_by_role("status")).to_contain_text("Paid")
    time.sleep(SOON)
    assert payer.get(f"subscriptions/{subscription}")["status"] == "incomplete", "nobody knows of it"
    manage(stage, "sandbox", "webhooks")
    manage(stage, "reconcile", "--hours", "1")
    until(lambda: payer.has("pro"), seconds=PATIENCE)


def test_a_renewal_that_fails_to_the_end_leads_back_to_the_free_plan(payer: Payer, page: Page, stage: Stage) -> None:
    subscription = checkout(payer, page)
    enter_card(page, DECLINED_LATER)
    until(lambda: payer.has("pro"), seconds=PATIENCE)
    move_clock(stage, days=31)
    until(lambda: payer.get(f"subscriptions/{subscription}")["status"] == "past_due", seconds=PATIENCE)
    assert payer.has("pro"), "there is grace"
    (renewal,) = payer.get("invoices?status=open")["results"]
    assert renewal["next_attempt_at"] is not None
    for _ in range(5):
        move_clock(stage, days=4)
        time.sleep(1)
    until(lambda: payer.get(f"subscriptions/{subscription}")["status"] == "canceled", seconds=PATIENCE)
    until(lambda: payer.has("free"), seconds=PATIENCE)
    attempts = payer.get(f"payments?invoice_id={renewal['id']}")["results"]
    assert len(attempts) > 1
    assert {attempt["status"] for attempt in attempts} == {"failed"}
    assert payer.get("invoices?status=open")["results"] == []
