"""The sandbox tells of what happens by webhook: over HTTP, signed, again when nobody takes it, and badly on demand."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.adapters.sandbox.models import Event
from apps.payments.adapters.sandbox.provider import SandboxProvider
from apps.payments.adapters.sandbox.weather import REORDERED_SECONDS, fate_of, let_calls, let_webhooks
from apps.payments.adapters.sandbox.webhooks import WAITS, send_webhook
from apps.payments.apps import DATABASE
from apps.payments.ports import ObjectKind
from tests.integration.payments.provider_suite import begun
from tests.support.billing import WEBHOOKS
from tests.support.checkout import DECLINED_CARD, pay
from tests.support.theatre import free_port

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]


class Door:
    """A door for webhooks on loopback that answers as it is told to, and remembers what came."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.came: list[tuple[str, bytes, Mapping[str, str]]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.came.append((self.path, body, dict(self.headers)))
                self.send_response(door.answers.pop(0) if door.answers else 200)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                door.came.append((self.path, b"", {}))

            def log_message(self, *_: Any) -> None:
                """Tests print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    with closing(Door()) as opened:
        settings.TREUM_PUBLIC_URL = opened.url
        yield opened


@pytest.fixture
def event() -> Event:
    return an_event()


def an_event() -> Event:
    """Return what became of a card that was declined."""
    provider, person = SandboxProvider(), uuid7()
    payer = provider.create_customer(key=f"c:{person}", customer_id=person, email="payer@example.com")
    intent = begun(provider, payer, uuid7())
    pay(intent.page_url or "", card=DECLINED_CARD)
    return Event.objects.get(object_id=intent.id)


def events(number: int) -> list[Event]:
    """Return what became of so many payments that were canceled, one after the other."""
    provider, person = SandboxProvider(), uuid7()
    payer = provider.create_customer(key=f"c:{person}", customer_id=person, email="payer@example.com")
    canceled = [provider.cancel_intent(begun(provider, payer, uuid7()).id, key="cancel") for _ in range(number)]
    return list(Event.objects.filter(object_id__in=[intent.id for intent in canceled]).order_by("created_at"))


def asked_for(event: Event) -> list[int]:
    """Return after how many seconds each the webhook of an event was asked for."""
    tasks = OutboxMessage.objects.using(DATABASE).filter(name=WEBHOOKS, body=json.dumps([event.pk])).order_by("id")
    return list(tasks.values_list("delay_seconds", flat=True))


def statuses(event: Event) -> list[tuple[int, int | None]]:
    return list(event.deliveries.order_by("pk").values_list("attempt", "status"))


class TestSending:
    def test_a_change_asks_for_its_webhook_in_its_own_transaction(self, event: Event) -> None:
        assert asked_for(event) == [0]

    def test_it_is_signed_and_reads_as_stripes_do(self, door: Door, event: Event) -> None:
        send_webhook(event.pk)
        ((path, body, headers),) = door.came
        assert path == "/api/v1/payments/webhooks"
        notice = SandboxProvider().read_notice(body, headers)
        assert (notice.event_id, notice.object_kind, notice.object_id) == (
            event.pk,
            ObjectKind.INTENT,
            event.object_id,
        )
        told = json.loads(body)
        assert (told["object"], told["livemode"], told["type"]) == ("event", False, "payment_intent.payment_failed")
        thing = told["data"]["object"]
        assert (thing["amount"], thing["currency"], thing["status"]) == (4900, "eur", "requires_payment_method")
        assert thing["last_payment_error"]["decline_code"] == "generic_decline"
        assert [notice.event_id for notice in SandboxProvider().notices(since=event.created_at)] == [event.pk]

    def test_one_that_was_taken_is_not_sent_again(self, door: Door, event: Event) -> None:
        door.answers = [202]
        send_webhook(event.pk)
        send_webhook(event.pk)
        assert len(door.came) == 1
        assert asked_for(event) == [0]

    @pytest.mark.parametrize("answer", [500, 429, 404, 302])
    def test_one_that_was_not_taken_is_sent_again_later(self, door: Door, event: Event, answer: int) -> None:
        door.answers = [answer]
        send_webhook(event.pk)
        assert asked_for(event) == [0, WAITS[0]]
        send_webhook(event.pk)
        assert statuses(event) == [(1, answer), (2, 200)]
        assert {path for path, _, _ in door.came} == {"/api/v1/payments/webhooks"}, "no redirect is followed"
        assert asked_for(event) == [0, WAITS[0]]

    def test_it_is_given_up_in_the_end(self, settings: Settings, event: Event) -> None:
        settings.TREUM_PUBLIC_URL = f"http://127.0.0.1:{free_port()}"
        for _ in range(len(WAITS) + 1):
            send_webhook(event.pk)
        assert asked_for(event) == [0, *WAITS]
        assert statuses(event) == [(attempt, None) for attempt in range(1, len(WAITS) + 2)]

    def test_nothing_is_sent_while_another_provider_collects(
        self, door: Door, event: Event, settings: Settings
    ) -> None:
        settings.TREUM_PAYMENTS_PROVIDER = "stripe"
        send_webhook(event.pk)
        assert door.came == []
        assert asked_for(event) == [0]


class TestBadWeather:
    def test_all_are_lost(self, door: Door) -> None:
        let_webhooks(lose=1)
        event = an_event()
        send_webhook(event.pk)
        assert (door.came, asked_for(event)) == ([], [0])

    def test_each_comes_ten_times(self, door: Door) -> None:
        let_webhooks(copies=10)
        send_webhook(an_event().pk)
        assert len({body for _, body, _ in door.came}) == 1
        assert len(door.came) == 10

    def test_copies_of_one_attempt_are_one_attempt(self, door: Door) -> None:
        let_webhooks(copies=10)
        door.answers = [500] * 10
        event = an_event()
        send_webhook(event.pk)
        assert asked_for(event) == [0, WAITS[0]]

    def test_it_comes_late(self, door: Door) -> None:
        let_webhooks(delay_seconds=60)
        event = an_event()
        send_webhook(event.pk)
        assert door.came == []
        assert asked_for(event) == [0, 60]
        Event.objects.filter(pk=event.pk).update(created_at=event.created_at.replace(year=2020))
        send_webhook(event.pk)
        assert len(door.came) == 1

    def test_the_same_seed_has_the_same_fates(self) -> None:
        def fates(seed: int) -> list[object]:
            let_webhooks(lose=0.5, reorder=True, seed=seed)
            return [fate_of(event) for event in events(20)]

        first, again, other = fates(7), fates(7), fates(8)
        assert first == again
        assert first != other

    def test_out_of_order_is_late_by_less_than_it_takes_to_forget(self) -> None:
        let_webhooks(reorder=True, seed=1)
        late = {fate_of(event).late_seconds for event in events(30)}
        assert late == set(range(REORDERED_SECONDS + 1))

    def test_a_share_is_lost(self) -> None:
        let_webhooks(lose=0.2, seed=3)
        lost = [fate_of(event).is_lost for event in events(100)]
        assert 10 <= sum(lost) <= 30

    def test_what_happened_before_goes_well(self, event: Event) -> None:
        let_webhooks(lose=1, copies=10)
        fate = fate_of(event)
        assert (fate.is_lost, fate.copies) == (False, 1)

    def test_calls_and_webhooks_are_bad_each_by_itself(self) -> None:
        let_webhooks(copies=3)
        let_calls(unavailable=0)
        assert fate_of(an_event()).copies == 3


class TestByCommand:
    def test_webhooks_go_badly(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("sandbox", "webhooks", "--lose", "0.2", "--delay", "5", "--double", "10", "--reorder")
        assert "20% lost, 5 s late, sent 10 times, out of order" in capsys.readouterr().out
        fate = fate_of(an_event())
        assert (fate.copies, fate.late_seconds >= 5) == (10, True)

    def test_and_well_again(self) -> None:
        let_webhooks(lose=1, copies=3)
        call_command("sandbox", "webhooks")
        fate = fate_of(an_event())
        assert (fate.is_lost, fate.late_seconds, fate.copies) == (False, 0, 1)

    @pytest.mark.parametrize("words", [("--lose", "5"), ("--double", "0"), ("--double", "101"), ("--delay", "3601")])
    def test_worse_than_the_weather_can_be(self, words: tuple[str, str]) -> None:
        with pytest.raises(CommandError):
            call_command("sandbox", "webhooks", *words)
        assert fate_of(an_event()).copies == 1

    def test_a_payout(self, capsys: pytest.CaptureFixture[str]) -> None:
        provider, person = SandboxProvider(), uuid7()
        payer = provider.create_customer(key="c", customer_id=person, email="payer@example.com")
        pay(begun(provider, payer, uuid7()).page_url or "")
        call_command("sandbox", "payout")
        assert "47.28 EUR" in capsys.readouterr().out
        call_command("sandbox", "payout")
        assert "nothing to pay out" in capsys.readouterr().out

    def test_not_while_another_provider_collects(self, settings: Settings) -> None:
        settings.TREUM_PAYMENTS_PROVIDER = "stripe"
        with pytest.raises(CommandError, match="does not collect"):
            call_command("sandbox", "payout")
