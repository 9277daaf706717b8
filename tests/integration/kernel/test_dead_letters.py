"""Dead letters: kept with their reason, counted, replayed under the same id, put away; all of it on record."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.management import call_command
from django.test import RequestFactory

from apps.contracts.events.signals import SignalGenerated
from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.bus import dead_letters, topology
from apps.kernel.bus.dead_letters import Death, NotReplayable, archive, keep, note_error, replay
from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.clock import now
from apps.kernel.errors import Refused
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from apps.kernel.inbox.subscriptions import Subscription
from tests.support.broker import Broker
from tests.support.events import sealed, signal, standing
from tests.support.messaging import (
    Dispatched,
    dead_letter_intake,
    deed,
    inbox,
    intake_of,
    outbox,
    relay_all,
    take_in_all,
)
from tests.support.people import a_person

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

QUEUE = "trading.events"
KEY = "user.subscription.changed"


class NoRoom(Refused):
    """There is no room for standing {version}."""


class Moody:
    """A handler that refuses until it is in a good mood."""

    def __init__(self, name: str = "update") -> None:
        self.good = False
        self.handled: list[str] = []
        self.handler = deed(name, self._handle)

    def _handle(self, events: Any) -> None:
        if not self.good:
            raise NoRoom(version=events[0].data.standing_version if hasattr(events[0].data, "standing_version") else 0)
        self.handled += [str(event.id) for event in events]


def death(**changed: Any) -> Death:
    values: dict[str, Any] = {
        "queue": QUEUE,
        "message_id": str(uuid7()),
        "reason": "rejected",
        "payload": codec.encode(sealed(standing())),
        "content_type": codec.EVENT_CONTENT_TYPE,
        "type": KEY,
    }
    return Death(**{**values, **changed})


def kept(*deaths: Death) -> list[int]:
    keep(deaths)
    return [letter.pk for letter in DeadLetter.objects.order_by("id")]


def _die(broker: Broker, moody: Moody, dispatched: Dispatched) -> DeadLetter:
    """Let a message be refused by its handler and reach the table."""
    envelope = sealed(standing())
    broker.publish(codec.encode(envelope), key=KEY, message_id=envelope.id)
    subscription = Subscription(UserSubscriptionChanged, moody.handler)
    take_in_all(intake_of(broker, subscription, dispatch=dispatched), broker, QUEUE)
    dispatched.run(moody.handler)
    return _bring_home(broker, moody, dispatched)


def _bring_home(broker: Broker, moody: Moody, dispatched: Dispatched) -> DeadLetter:
    relay_all(broker, "trading")
    dead = dead_letter_intake(Subscription(UserSubscriptionChanged, moody.handler), broker=broker, dispatch=dispatched)
    take_in_all(dead, broker, f"{QUEUE}.dlq")
    return DeadLetter.objects.get()


def _go_again(broker: Broker, moody: Moody, dispatched: Dispatched) -> None:
    """Let what is on its way again be taken in and handled."""
    relay_all(broker, "default")
    subscription = Subscription(UserSubscriptionChanged, moody.handler)
    take_in_all(intake_of(broker, subscription, dispatch=dispatched), broker, QUEUE)
    dispatched.run(moody.handler)


def test_a_refused_message_is_kept_with_all_that_is_known(broker: Broker) -> None:
    moody = Moody()
    letter = _die(broker, moody, Dispatched())
    (row,) = inbox()
    assert (letter.queue, letter.message_id, letter.handler) == (QUEUE, row.message_id, "trading.update")
    assert (letter.type, letter.error_class, letter.error) == (KEY, "NoRoom", "There is no room for standing 1.")
    assert (letter.attempts, letter.deaths, letter.status, letter.correlation_id) == (1, 1, "new", "story-0001")
    assert bytes(letter.payload) == row.body.encode()


def test_the_brokers_own_account_of_a_death_is_kept(broker: Broker) -> None:
    message_id = broker.publish(b"torn", key=KEY)
    take_in_all(
        intake_of(broker, Subscription(UserSubscriptionChanged, Moody().handler), dispatch=Dispatched()), broker, QUEUE
    )
    take_in_all(dead_letter_intake(broker=broker, dispatch=Dispatched()), broker, f"{QUEUE}.dlq")
    letter = DeadLetter.objects.get()
    (entry,) = letter.x_death
    assert (letter.message_id, letter.reason) == (message_id, "unreadable")
    assert (entry["queue"], entry["reason"], entry["count"]) == (QUEUE, "rejected", 1)
    assert (entry["exchange"], entry["routing-keys"]) == (topology.BUS, [KEY])


def test_an_unrouted_message_says_that_nobody_is_bound(broker: Broker) -> None:
    broker.publish(b"{}", key="user.vanished", type="user.vanished")
    take_in_all(dead_letter_intake(broker=broker, dispatch=Dispatched()), broker, topology.UNROUTED)
    letter = DeadLetter.objects.get()
    assert (letter.queue, letter.reason, letter.error) == (
        topology.UNROUTED, "unrouted", "No queue is bound for user.vanished.",
    )  # fmt: skip


HOSTILE = {
    "x-treum-attempts": "many",
    "x-treum-error": "e" * 5000 + "\0",
    "x-treum-error-class": "c" * 500,
    "x-treum-handler": "",
    "correlation-id": "\0" * 200,
    "x-death": "not a list",
    "number": 2**40,
    "nothing": None,
    "nested": {"moment": [1, {"text": "\0"}]},
    "float": 0.5,
}


def test_whatever_a_stranger_sends_can_be_kept(broker: Broker) -> None:
    headers = {name: value for name, value in HOSTILE.items() if name != "x-death"}
    broker.publish(
        b"\0\xff", exchange=topology.DEAD_LETTERS, key=QUEUE, message_id="?", type="t" * 200,
        content_type="c" * 200, content_encoding="gzip", application_headers=headers,
    )  # fmt: skip
    take_in_all(dead_letter_intake(broker=broker, dispatch=Dispatched()), broker, f"{QUEUE}.dlq")
    letter = DeadLetter.objects.get()
    assert bytes(letter.payload) == b"\0\xff"
    assert (len(letter.type), len(letter.content_type), letter.attempts) == (128, 128, 1)
    assert letter.headers["nested"] == {"moment": [1, {"text": "\ufffd"}]}


def test_an_error_noted_before_the_death_is_kept_with_it() -> None:
    task_id = str(uuid7())
    note_error(KeyError("price"), queue="trading", message_id=task_id, task="trading.execute_batch", attempts=4)
    noted = DeadLetter.objects.get()
    assert (noted.deaths, noted.payload) == (0, None)
    keep([death(queue="trading", message_id=task_id, type="", content_type="application/json")])
    letter = DeadLetter.objects.get()
    assert (letter.error_class, letter.error, letter.attempts) == ("KeyError", "KeyError: 'price'", 4)
    assert (letter.type, letter.deaths, letter.stack_hash) == ("trading.execute_batch", 1, noted.stack_hash)
    assert letter.payload is not None


def test_an_error_noted_after_the_death_joins_it() -> None:
    task_id = str(uuid7())
    keep([death(queue="trading", message_id=task_id, type="trading.execute_batch")])
    note_error(KeyError("price"), queue="trading", message_id=task_id, task="trading.execute_batch", attempts=4)
    letter = DeadLetter.objects.get()
    assert (letter.error, letter.attempts, letter.deaths) == ("KeyError: 'price'", 4, 1)
    assert letter.payload is not None


def test_a_second_death_counts_on_the_same_row_and_makes_it_new() -> None:
    first = death(error="the first reason")
    (pk,) = kept(first)
    archive([pk], actor="user:1")
    before = DeadLetter.objects.get()
    keep([first])
    letter = DeadLetter.objects.get()
    assert (letter.pk, letter.deaths, letter.status) == (pk, 2, "new")
    assert letter.first_died_at == before.first_died_at < letter.last_died_at


def test_a_death_touches_no_other_letter_of_its_message() -> None:
    one = death(handler="trading.one")
    keep([one])
    before = DeadLetter.objects.get()
    keep([death(message_id=one.message_id, handler="trading.two")])
    assert DeadLetter.objects.get(handler="trading.one").last_died_at == before.last_died_at


def test_a_replayed_message_keeps_its_id_and_is_handled_once(broker: Broker) -> None:
    moody, dispatched = Moody(), Dispatched()
    letter = _die(broker, moody, dispatched)
    moody.good = True
    assert replay([letter.pk], actor="user:7") == 1
    _go_again(broker, moody, dispatched)
    _go_again(broker, moody, dispatched)
    assert moody.handled == [letter.message_id]
    (row,) = inbox()
    assert (row.status, row.message_id) == ("done", letter.message_id)
    letter.refresh_from_db()
    assert letter.status == "replayed"
    assert [(action.action, action.actor) for action in letter.actions.all()] == [("replay", "user:7")]


def test_a_replay_of_what_was_handled_meanwhile_does_nothing(broker: Broker) -> None:
    moody, dispatched = Moody(), Dispatched()
    letter = _die(broker, moody, dispatched)
    moody.good = True
    for _ in range(2):
        DeadLetter.objects.update(status="new")
        replay([letter.pk], actor="user:7")
        _go_again(broker, moody, dispatched)
    assert moody.handled == [letter.message_id]


def test_a_replayed_message_that_is_refused_again_dies_again_on_its_row(broker: Broker) -> None:
    moody, dispatched = Moody(), Dispatched()
    letter = _die(broker, moody, dispatched)
    replay([letter.pk], actor="user:7")
    _go_again(broker, moody, dispatched)
    again = _bring_home(broker, moody, dispatched)
    assert (again.pk, again.deaths, again.status) == (letter.pk, 2, "new")


def test_a_replayed_late_signal_reaches_the_handler_of_late_ones_again(broker: Broker) -> None:
    moody, dispatched = Moody("refuse_expired"), Dispatched()
    subscription = Subscription(SignalGenerated, deed("open_execution", lambda events: None), expired=moody.handler)
    intake = intake_of(broker, subscription, dispatch=dispatched)
    dead = dead_letter_intake(subscription, broker=broker, dispatch=dispatched)
    envelope = sealed(signal(), expires_at=now() - timedelta(seconds=1))
    broker.publish(codec.encode(envelope), key=envelope.type, message_id=envelope.id)

    def go_round() -> None:
        relay_all(broker, "default", "trading")
        take_in_all(intake, broker, "trading.signals")
        take_in_all(dead, broker, "trading.signals.dlq")
        dispatched.run(moody.handler)

    go_round()
    assert [row.status for row in inbox()] == ["failed"]
    go_round()
    moody.good = True
    replay([letter.pk for letter in DeadLetter.objects.all()], actor="user:7")
    go_round()
    assert moody.handled == [str(envelope.id)]


def test_a_replayed_task_begins_a_first_life() -> None:
    headers = {
        "task": "core.prune", "id": "i", "retries": 8, "expires": "2024-01-01T00:00:00", "eta": "2024-01-01T00:00:00",
        "x-treum-slot": "2024-01-01T00:00:00", "x-first-death-queue": "core", "x-delivery-count": 3, "actor": "a",
    }  # fmt: skip
    replay(
        kept(death(queue="core", headers=headers, content_type="application/json", type="core.prune")), actor="user:7"
    )
    (row,) = outbox("default")
    assert row.headers == {
        "task": "core.prune",
        "id": "i",
        "retries": 0,
        "eta": None,
        "expires": None,
        "actor": "a",
        "x-treum-content-type": "application/json",
        "x-treum-type": "core.prune",
        "x-treum-replay": 1,
    }


def test_a_large_replay_leaves_a_handful_a_second() -> None:
    ids = kept(*[death() for _ in range(120)])
    assert replay(ids, actor="user:7") == 120
    assert len(outbox("default", kind="replay")) == dead_letters.REPLAYS_PER_SECOND
    (rest,) = outbox("default", kind="task")
    assert (rest.name, rest.delay_seconds) == ("core.replay_dead_letters", 1)


def test_a_letter_on_its_way_is_not_sent_twice() -> None:
    ids = kept(death())
    assert [replay(ids, actor="user:7"), replay(ids, actor="user:7")] == [1, 0]
    assert len(outbox("default")) == 1


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"a\0b"], ids=["no utf-8", "NUL"])
def test_a_payload_that_is_no_text_is_refused_and_nothing_leaves(payload: bytes) -> None:
    ids = kept(death(), death(payload=payload))
    with pytest.raises(NotReplayable, match=f"Dead letter {ids[1]} cannot be replayed: its payload is no text"):
        replay(ids, actor="user:7")
    assert outbox("default") == []
    assert set(DeadLetter.objects.values_list("status", flat=True)) == {"new"}


def test_a_noted_error_without_its_message_cannot_be_replayed_yet() -> None:
    note_error(KeyError(), queue="trading", message_id=str(uuid7()), task="trading.x", attempts=1)
    with pytest.raises(NotReplayable, match="its message has not reached the dead letters yet"):
        replay([DeadLetter.objects.get().pk], actor="user:7")


def test_an_archived_letter_is_put_away_on_record() -> None:
    ids = kept(death())
    assert archive(ids, actor="user:7") == 1
    letter = DeadLetter.objects.get()
    assert (letter.status, [(one.action, one.actor) for one in letter.actions.all()]) == (
        "archived", [("archive", "user:7")],
    )  # fmt: skip


def _command(*arguments: str) -> str:
    out = StringIO()
    call_command("dead_letters", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_lists_replays_and_archives_by_group() -> None:
    assert "There are no dead letters to see to." in _command("list")
    kept(death(error_class="NoRoom"), death(error_class="NoRoom"), death(error_class="KeyError"))
    lines = _command("list").splitlines()
    assert [line.split()[:5] for line in lines] == [
        ["2", QUEUE, KEY, "rejected", "NoRoom"],
        ["1", QUEUE, KEY, "rejected", "KeyError"],
    ]
    assert _command("replay", "--error", "NoRoom") == "2 dead letters: replay done.\n"
    assert _command("archive", "--type", KEY) == "1 dead letters: archive done.\n"
    assert sorted(DeadLetter.objects.values_list("status", flat=True)) == ["archived", "replayed", "replayed"]
    assert {action.actor.partition(":")[0] for action in DeadLetterAction.objects.all()} == {"operator"}


def test_the_command_takes_numbers() -> None:
    first, _ = kept(death(), death())
    assert _command("replay", str(first)) == "1 dead letters: replay done.\n"


@pytest.fixture
def staff():
    person = a_person(is_staff=True, is_superuser=True)
    yield person
    person.delete()


def _act(action: str, ids: list[int], staff: Any) -> list[str]:
    request = RequestFactory().post("/admin/")
    request.user = staff
    request.session = {}
    request._messages = FallbackStorage(request)
    page = admin.site._registry[DeadLetter]
    getattr(page, action)(request, DeadLetter.objects.filter(id__in=ids))
    return [str(message) for message in get_messages(request)]


def test_staff_replay_and_archive_from_the_admin(staff: Any) -> None:
    one, two = kept(death(), death())
    assert _act("replay", [one], staff) == ["1 dead letters are on their way again."]
    assert _act("archive", [two], staff) == ["1 dead letters are archived."]
    assert {action.actor for action in DeadLetterAction.objects.all()} == {f"user:{staff.pk}"}


def test_the_admin_says_why_a_letter_cannot_be_replayed(staff: Any) -> None:
    ids = kept(death(payload=b"\xff"))
    (sentence,) = _act("replay", ids, staff)
    assert "its payload is no text" in sentence


def test_payloads_are_never_edited(staff: Any) -> None:
    page = admin.site._registry[DeadLetter]
    request = RequestFactory().get("/admin/")
    request.user = staff
    editable = {field.name for field in DeadLetter._meta.fields} - set(page.get_readonly_fields(request))
    assert editable == {"payload"}
    assert "payload" in page.exclude
    assert not page.has_add_permission(request)
    assert not page.has_delete_permission(request)
