"""The door of the provider: what is let in, what is refused with its reason, and that nothing changed then."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.kernel.api.errors import TYPE_PREFIX
from apps.kernel.clock import now
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.errors import ProviderObjectUnknown
from apps.payments.models import Payment, ProviderNotice
from apps.payments.ports import Notice, ObjectKind
from apps.payments.provider import the_provider
from apps.payments.services import handle_notice, handle_notices
from apps.payments.services.noticing import PATIENCE
from tests.support.billing import a_payer, checkout_begun, do_tasks, fresh, told
from tests.support.checkout import GOOD_CARD, pay
from tests.support.webhooks import a_stranger, body_of, deliver, signature_of
from treum_project.policy import WEBHOOK_BYTES

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]


def an_event(**instead: Any) -> Notice:
    """Return an event about an intent that nobody has."""
    told = {
        "event_id": "evt_1",
        "type": "payment_intent.succeeded",
        "created_at": now(),
        "object_kind": ObjectKind.INTENT,
        "object_id": "pi_1",
    }
    return Notice(**{**told, **instead})


def asked_for() -> int:
    """Count the tasks that were asked for about webhooks."""
    return OutboxMessage.objects.using(DATABASE).filter(name="payments.handle_notice").count()


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix(TYPE_PREFIX)


class TestWhatIsLetIn:
    def test_a_webhook_is_kept_and_its_task_asked_for(self) -> None:
        answer = deliver(a_stranger(), body_of(an_event()))
        assert answer.status_code == 200
        kept = ProviderNotice.objects.get()
        assert (kept.provider, kept.event_id, kept.type) == ("sandbox", "evt_1", "payment_intent.succeeded")
        assert (kept.object_kind, kept.object_id, kept.status) == ("payment_intent", "pi_1", "received")
        assert asked_for() == 1

    def test_ten_times_is_once(self) -> None:
        answers = [deliver(a_stranger(), body_of(an_event())).status_code for _ in range(10)]
        assert answers == [200] * 10
        assert (ProviderNotice.objects.count(), asked_for()) == (1, 1)

    def test_a_type_that_we_do_not_need_is_kept_ignored_and_asks_for_nothing(self) -> None:
        answer = deliver(a_stranger(), body_of(an_event(type="charge.dispute.created", object_kind=ObjectKind.OTHER)))
        assert answer.status_code == 200
        assert ProviderNotice.objects.get().status == "ignored"
        assert asked_for() == 0

    def test_a_burst_from_one_address_is_let_in(self, settings: Settings) -> None:
        settings.TREUM_GATEWAY_RATES = {
            **settings.TREUM_GATEWAY_RATES,
            "address": settings.TREUM_GATEWAY_RATES["denials"],
        }
        stranger = a_stranger()
        answers = {deliver(stranger, body_of(an_event(event_id=f"evt_{number}"))).status_code for number in range(100)}
        assert answers == {200}

    def test_it_takes_two_inserts_and_no_look_at_a_session(self) -> None:
        with (
            CaptureQueriesContext(connections[DATABASE]) as ours,
            CaptureQueriesContext(connections["default"]) as users,
        ):
            deliver(a_stranger(), body_of(an_event()))
        statements = [query["sql"].split()[0] for query in ours if "SAVEPOINT" not in query["sql"]]
        assert statements == ["INSERT", "INSERT"]
        assert len(users) == 0


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("headers", "refused"),
        [
            pytest.param({}, (400, "signature_invalid"), id="no signature"),
            pytest.param({"Stripe-Signature": "t=now"}, (400, "signature_invalid"), id="no digest"),
            pytest.param({"secret": "another"}, (400, "signature_invalid"), id="another secret"),
            pytest.param({"seconds_ago": 301}, (400, "signature_stale"), id="signed too long ago"),
            pytest.param({"seconds_ago": -301}, (400, "signature_stale"), id="signed in the future"),
        ],
    )
    def test_a_signature_that_does_not_prove_it(self, headers: dict[str, Any], refused: tuple[int, str]) -> None:
        body = body_of(an_event())
        own = headers if "Stripe-Signature" in headers or not headers else signature_of(body, **headers)
        assert problem(deliver(a_stranger(), body, own)) == refused
        assert_nothing_changed()

    def test_a_body_that_was_written_anew(self) -> None:
        body = body_of(an_event())
        again = json.dumps(json.loads(body), indent=1).encode()
        assert problem(deliver(a_stranger(), again, signature_of(body))) == (400, "signature_invalid")
        assert_nothing_changed()

    @pytest.mark.parametrize(
        ("instead", "refused"),
        [
            pytest.param({"livemode": True}, (422, "wrong_mode"), id="real money"),
            pytest.param({"account": "acct_another"}, (422, "wrong_account"), id="another account"),
            pytest.param({"id": None}, (400, "notice_unreadable"), id="no id"),
            pytest.param({"data": {}}, (400, "notice_unreadable"), id="no object"),
        ],
    )
    def test_what_is_signed_and_still_not_for_us(self, instead: dict[str, Any], refused: tuple[int, str]) -> None:
        assert problem(deliver(a_stranger(), body_of(an_event(), **instead))) == refused
        assert_nothing_changed()

    def test_what_is_no_json(self) -> None:
        assert problem(deliver(a_stranger(), b"paid=yes")) == (400, "notice_unreadable")
        assert_nothing_changed()

    def test_what_is_too_large_before_anything_is_parsed(self) -> None:
        body = b"[" * (WEBHOOK_BYTES + 1)
        assert problem(deliver(a_stranger(), body)) == (413, "body_too_large")
        assert problem(deliver(a_stranger(), b"[" * WEBHOOK_BYTES))[0] == 400
        assert_nothing_changed()


def assert_nothing_changed() -> None:
    assert (ProviderNotice.objects.count(), asked_for()) == (0, 0)


class TestWhatFollows:
    @pytest.fixture
    def payment(self) -> Payment:
        """A payment that was made, of which we do not know yet."""
        payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
        pay(payment.page_url, card=GOOD_CARD)
        return payment

    def events(self) -> list[Notice]:
        return list(the_provider().notices(since=now() - timedelta(hours=1)))

    def test_a_webhook_opens_what_was_paid_for(self, payment: Payment) -> None:
        for event in self.events():
            deliver(a_stranger(), body_of(event))
        do_tasks()
        assert fresh(payment.invoice.subscription).status == "active"
        assert not ProviderNotice.objects.filter(status__in=["received", "failed"]).exists()
        assert len(told("payment.completed")) == 1

    def test_what_a_body_claims_is_believed_of_nobody(self) -> None:
        unpaid = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
        claim = an_event(object_id=unpaid.intent_id)
        paid = {"object": {"id": unpaid.intent_id, "object": "payment_intent", "status": "succeeded"}}
        deliver(a_stranger(), body_of(claim, data=paid))
        do_tasks()
        assert fresh(unpaid.invoice.subscription).status == "incomplete"
        assert ProviderNotice.objects.get().status == "handled"

    def test_all_that_was_told_of_an_object_is_handled_by_asking_once(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(5):
            deliver(a_stranger(), body_of(an_event(event_id=f"evt_{number}", object_id=payment.intent_id)))
        asked, provider = [], the_provider()
        fetch = provider.intent
        monkeypatch.setattr(provider, "intent", lambda intent_id: asked.append(intent_id) or fetch(intent_id))
        handle_notice(ProviderNotice.objects.order_by("id")[0].pk)
        assert set(ProviderNotice.objects.values_list("status", flat=True)) == {"handled"}
        do_tasks()
        assert asked == [payment.intent_id]

    def test_what_is_told_while_the_object_is_fetched_is_not_taken_for_handled(
        self, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deliver(a_stranger(), body_of(an_event(object_id=payment.intent_id)))
        provider = the_provider()
        fetch = provider.intent

        def slowly(intent_id: str) -> Any:
            found = fetch(intent_id)
            deliver(a_stranger(), body_of(an_event(event_id="evt_late", object_id=intent_id)))
            return found

        monkeypatch.setattr(provider, "intent", slowly)
        handle_notice(ProviderNotice.objects.get().pk)
        assert ProviderNotice.objects.get(event_id="evt_late").status == "received"

    def test_an_object_that_nobody_has_fails_with_its_sentence(self) -> None:
        deliver(a_stranger(), body_of(an_event()))
        with pytest.raises(ProviderObjectUnknown):
            handle_notice(ProviderNotice.objects.get().pk)
        notice = ProviderNotice.objects.get()
        assert notice.status == "failed"
        assert "pi_1" in notice.error

    def test_one_that_was_forgotten_is_asked_for_again(self, payment: Payment) -> None:
        deliver(a_stranger(), body_of(an_event(object_id=payment.intent_id)))
        OutboxMessage.objects.using(DATABASE).filter(name="payments.handle_notice").delete()
        assert handle_notices() == 0
        ProviderNotice.objects.update(received_at=now() - PATIENCE)
        assert (handle_notices(), handle_notices()) == (1, 0)
        do_tasks()
        assert fresh(payment.invoice.subscription).status == "active"
