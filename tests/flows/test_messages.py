"""Messages that nobody should have sent, on a living stage: each becomes a dead letter, and the flow goes on."""

import json
from collections.abc import Mapping
from typing import Any

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.bus import topology
from apps.kernel.bus.publisher import Outgoing, Publisher
from apps.kernel.clock import now
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from tests.support import candle_files
from tests.support.theatre import Theatre, until

HONOURED = {"users.events", "education.events", "signals.events", "trading.events", "notifications.events"}
"""Where standings go: each of these has a dead letter of its own."""

_LETTER = "SELECT queue, reason, error, error_class, status, id FROM dead_letter WHERE message_id = %s"
_KNOWN = "SELECT auto_execute, standing_version FROM trading_entitlement WHERE user_id = %s"
_HANDLED = "SELECT handler, status, deliveries FROM inbox_message WHERE message_id = %s"


def test_what_cannot_be_taken_is_kept_with_its_reason_and_the_flow_goes_on(theatre: Theatre, tmp_path: Any) -> None:
    market = candle_files.write_market(
        tmp_path / "A-USDT_1h.csv", candle_files.all_hours(), bars=150, price=10, digits=3, seed=9
    )
    expected = {send(theatre, body, **options): says for body, options, says in bad_messages()}
    assert len(expected) == len(bad_messages())

    played = theatre.play(market, FOLLOWERS=5)

    queues = {reason: {topology.UNROUTED} if reason == "unrouted" else HONOURED for reason, _ in expected.values()}
    letters = sum(len(queues[reason]) for reason, _ in expected.values())
    until(lambda: sum(len(letter(theatre, message_id)) for message_id in expected) >= letters, seconds=30)
    for message_id, (reason, says) in expected.items():
        found = letter(theatre, message_id)
        assert sorted(queue for queue, *_ in found) == sorted(queues[reason])
        assert {died_of for _, died_of, *_ in found} == {reason}
        assert [error for _, _, error, *_ in found if says not in error] == []
    assert played.code == 0, played.output
    assert played.report["followers"] == 5
    assert sum(played.report["decisions"].values()) == 5 * len(played.report["signals"]) > 0
    assert played.report["messages"]["inbox_pending"] == played.report["messages"]["outbox_pending"] == 0


def test_a_replayed_dead_letter_is_handled_once(theatre: Theatre) -> None:
    user = uuid7()
    event = standing(user)
    message_id = send(theatre, event, exchange=topology.DEAD_LETTERS, key="trading.events", message_id=event["id"])
    until(lambda: bool(letter(theatre, message_id)), seconds=30)
    queue, _, _, _, status, number = letter(theatre, message_id)[0]
    assert (queue, status) == ("trading.events", "new")
    assert theatre.rows("trading", _KNOWN, str(user)) == []

    for _ in range(2):
        done = theatre.stage.run("manage.py", "dead_letters", "replay", str(number), capture_output=True)
        assert done.returncode == 0, done.stderr

    until(lambda: bool(theatre.rows("trading", _KNOWN, str(user))), seconds=30)
    until(theatre.at_rest, seconds=30)
    assert theatre.rows("trading", _KNOWN, str(user)) == [(True, 1)]
    assert theatre.rows("trading", _HANDLED, message_id) == [("trading.update_entitlement", "done", 1)]
    assert letter(theatre, message_id)[0][4] == "replayed"


def bad_messages() -> list[tuple[Any, Mapping[str, Any], tuple[str, str]]]:
    """Return bodies, how they are sent, and the reason and words of the dead letter that each must become."""
    good = standing(uuid7())
    return [
        (b"{not json", {}, ("unreadable", "no CloudEvents 1.0 JSON")),
        (b"\xff\xfe\x00\x80", {}, ("unreadable", "no CloudEvents 1.0 JSON")),
        ({"hello": "world"}, {}, ("unreadable", "no CloudEvents 1.0 JSON")),
        ([good], {}, ("unreadable", "no CloudEvents 1.0 JSON")),
        (good, {"content_type": "text/plain"}, ("unreadable", "content type")),
        (good, {"content_type": codec.BATCH_CONTENT_TYPE}, ("unreadable", "no CloudEvents 1.0 JSON")),
        (good, {"content_encoding": "gzip"}, ("unreadable", "no CloudEvents 1.0 JSON")),
        ({**good, "type": "user.teleported"}, {}, ("unreadable", "user.teleported")),
        ({**good, "dataschema": f"{good['dataschema'][:-1]}99"}, {}, ("unreadable", "99")),
        ({**good, "data": {"user_id": "nobody"}}, {}, ("unreadable", "breaks its schema")),
        (b"[" + b" " * 10_000_000 + b"]", {}, ("unreadable", "10000002 bytes")),
        ({**good, "expirytime": "2020-01-01T00:00:00Z"}, {}, ("expired", "has passed")),
        (good, {"key": "nobody.cares"}, ("unrouted", "No queue is bound")),
    ]


def standing(user: Any) -> dict[str, Any]:
    """Return a well-formed `user.subscription.changed` as it stands on the wire."""
    data = UserSubscriptionChanged(
        user_id=user,
        plan="pro",
        status="active",
        features={"trading.auto_execute": True},
        valid_until=None,
        standing_version=1,
    )
    return {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": "/treum/users",
        "type": UserSubscriptionChanged.event_type,
        "subject": data.subject(),
        "time": now().isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:treum:event:{UserSubscriptionChanged.event_type}:1",
        "correlationid": str(uuid7()),
        "partitionkey": data.partition_key(),
        "actor": "service:tests",
        "data": data.model_dump(mode="json"),
    }


def send(
    theatre: Theatre,
    body: Any,
    *,
    exchange: str = topology.BUS,
    key: str = UserSubscriptionChanged.event_type,
    **properties: Any,
) -> str:
    """Publish a message as a stranger might; return its AMQP id."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message_id = str(properties.pop("message_id", uuid7()))
    publisher = Publisher(theatre.stage.environment["RABBITMQ_URL"])
    try:
        properties = {"content_type": codec.EVENT_CONTENT_TYPE, **properties}
        assert publisher.publish([Outgoing(exchange, key, raw, message_id, properties)]) == {}
    finally:
        publisher.close()
    return message_id


def letter(theatre: Theatre, message_id: str) -> list[tuple[Any, ...]]:
    """Return the dead letter of a message, if it has one."""
    return theatre.rows("users", _LETTER, message_id)
