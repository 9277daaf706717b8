"""The live stream under a real server: tickets, events, heartbeats, resuming and leaving."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from rest_framework.test import APIClient

from apps.kernel.ids import uuid7
from apps.kernel.redis_client import client
from apps.notifications import services, streams
from tests.support.people import a_person, client_of

pytestmark = pytest.mark.integration

HEARTBEAT_SECONDS = "0.5"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server():
    port = _free_port()
    environment = {**os.environ, "TREUM_NOTIFICATIONS_HEARTBEAT_SECONDS": HEARTBEAT_SECONDS}
    command = [sys.executable, "-m", "uvicorn", "treum_project.asgi:application", "--port", str(port)]
    options = ["--lifespan", "off", "--timeout-graceful-shutdown", "2", "--log-level", "warning"]
    process = subprocess.Popen([*command, *options], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield port
    process.terminate()
    assert process.wait(timeout=20) is not None


@pytest.fixture
def listener():
    user_id = uuid7()
    yield user_id
    client().delete(streams.key_of(user_id), streams.listener_key_of(user_id))


@contextmanager
def _connected(port, query, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/api/v1/stream?{query}", headers=headers or {})
        yield connection.getresponse()
    finally:
        connection.close()


def _opened(port, user_id, more="", headers=None):
    return _connected(port, f"ticket={services.issue_ticket(user_id).ticket}{more}", headers)


def _next(response):
    """Return the next event as a dict of its fields, or a comment under `comment`."""
    event = {}
    while line := response.readline().decode().rstrip("\n"):
        name, _, value = line.partition(": ")
        event[name or "comment"] = value
    return event


def _next_event(response):
    while "comment" in (event := _next(response)):
        pass
    return event


def _add(user_id, **data):
    return client().xadd(streams.key_of(user_id), {"data": json.dumps(data)})


def test_what_happens_arrives_with_its_id(server, listener):
    with _opened(server, listener) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert _next(stream)["event"] == "ready"
        entry = _add(listener, title="Bought")
        event = _next_event(stream)
    assert event == {"id": entry, "event": "notification", "data": '{"title": "Bought"}'}


def test_a_quiet_stream_beats(server, listener):
    with _opened(server, listener) as stream:
        _next(stream)
        assert _next(stream) == {"comment": "heartbeat"}
        assert _next(stream) == {"comment": "heartbeat"}


def test_a_ticket_is_good_for_one_use(server, listener):
    ticket = services.issue_ticket(listener).ticket
    with _connected(server, f"ticket={ticket}") as first:
        assert first.status == 200
    with _connected(server, f"ticket={ticket}") as second:
        assert second.status == 401
        assert json.loads(second.read())["type"] == "urn:treum:problem:ticket_invalid"


@pytest.mark.parametrize("query", ["", "ticket=", "ticket=forged", "ticket=" + "x" * 5000])
def test_without_a_valid_ticket_nothing_opens(server, query):
    with _connected(server, query) as reply:
        assert reply.status == 401
        assert reply.headers["Content-Type"] == "application/problem+json"


def test_a_ticket_expires(listener):
    ticket = services.issue_ticket(listener)
    assert 0 < client().ttl(f"treum:ticket:{ticket.ticket}") <= 60


def test_who_is_erased_listens_no_longer(server, listener):
    unused = services.issue_ticket(listener).ticket
    with _opened(server, listener) as stream:
        _next(stream)
        services.close_streams([str(listener)])
        assert stream.read() == b""
    with _connected(server, f"ticket={unused}") as late:
        assert late.status == 401
    assert not client().exists(streams.listener_key_of(listener))


@pytest.mark.parametrize("by", ["header", "query"])
def test_a_stream_goes_on_where_it_broke_off(server, listener, by):
    seen, missed, also_missed = (_add(listener, n=n) for n in range(3))
    more, headers = ("", {"Last-Event-ID": seen}) if by == "header" else (f"&last_event_id={seen}", None)
    with _opened(server, listener, more, headers) as stream:
        assert _next(stream)["event"] == "resume"
        assert [_next_event(stream)["id"] for _ in range(2)] == [missed, also_missed]


@pytest.mark.parametrize("last", ["1-0", "nonsense", "99999999999999999999-0", "0-0", "-", "+", "$"])
def test_an_unknown_last_id_is_told_to_read_anew(server, listener, last):
    newest = _add(listener, n=1)
    with _opened(server, listener, headers={"Last-Event-ID": last}) as stream:
        assert _next(stream) == {"retry": "3000", "id": newest, "event": "reset", "data": "{}"}
        entry = _add(listener, n=2)
        assert _next_event(stream)["id"] == entry


def test_a_trimmed_last_id_is_told_to_read_anew(server, listener):
    seen = _add(listener, n=1)
    _add(listener, n=2)
    client().xtrim(streams.key_of(listener), maxlen=1, approximate=False)
    with _opened(server, listener, headers={"Last-Event-ID": seen}) as stream:
        assert _next(stream)["event"] == "reset"


def test_nobody_hears_what_is_not_theirs(server, listener):
    with _opened(server, listener) as stream:
        _next(stream)
        other = uuid7()
        _add(other, title="Not yours")
        assert _next(stream) == {"comment": "heartbeat"}
        client().delete(streams.key_of(other))


def test_who_leaves_leaves_no_connection_behind(server, listener):
    def blocked():
        return [one["id"] for one in client().client_list() if one["cmd"].lower() == "xread"]

    before = set(blocked())
    with _opened(server, listener) as stream:
        _next(stream)
        assert _eventually(lambda: set(blocked()) - before)
        mine = set(blocked()) - before
    assert _eventually(lambda: not mine & set(blocked()))


def _eventually(holds):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_the_stream_process_serves_nothing_else(server):
    connection = http.client.HTTPConnection("127.0.0.1", server, timeout=10)
    connection.request("GET", "/api/v1/notifications")
    reply = connection.getresponse()
    assert reply.status == 404
    connection.close()


@pytest.mark.django_db
def test_the_web_process_sends_the_caller_on(settings):
    settings.TREUM_STREAM_PORT = 3010
    ticket = client_of(a_person()).post("/api/v1/stream/tickets").json()
    reply = APIClient().get(ticket["url"], headers={"Origin": "http://localhost:5173"})
    assert reply.status_code == 307
    assert reply["Location"] == f"http://testserver:3010/api/v1/stream?ticket={ticket['ticket']}"
    assert reply["Access-Control-Allow-Origin"] in ("*", "http://localhost:5173")
