"""A real Celery worker: stories go on in it, retries wait in the broker, the hopeless reach the dead letters."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.db import connections, transaction
from kombu import Connection

from apps.kernel.bus.models import DeadLetter
from apps.kernel.inbox.subscriptions import name_of
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import request
from apps.kernel.periodic.models import PeriodicRun
from tests.support.broker import Broker
from tests.support.events import AT, STORY, standing
from tests.support.messaging import Dispatched, arrived, dead_letter_intake, deed, inbox, relay_all, take_in_all
from tests.support.trades import sealed
from treum_project.env import ROOT
from workers.app import app
from workers.task import SLOT_ENDS_HEADER, SLOT_HEADER

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


def _url(alias: str) -> str:
    database = connections[alias].settings_dict
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    return f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@pytest.fixture
def worker(broker: Broker) -> Iterator[None]:
    """A worker of the queue `core` on the tests' databases and broker."""
    urls = {
        "DATABASE_URL" if alias == "default" else f"{alias.upper()}_DATABASE_URL": _url(alias)
        for alias in configured.DATABASES
    }
    environment = {**os.environ, **urls, "RABBITMQ_URL": broker.url}
    celery = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-I", "tests.support.lively"]
    command = [*celery, "-P", "solo", "-Q", "core", "-l", "ERROR", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    yield
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ask(broker: Broker, task: str, *args: object) -> None:
    with tracing.bind(STORY), transaction.atomic(using="default"):
        request(task, *args, using="default")
    relay_all(broker, "default")


def _marks() -> list[str]:
    return sorted(PeriodicRun.objects.values_list("task", flat=True))


def _wait_until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"It did not come true in time; there are {_marks()}."
        time.sleep(0.05)


def _letter(broker: Broker) -> DeadLetter:
    _wait_until(lambda: broker.depth("core.dlq") == 1)
    take_in_all(dead_letter_intake(broker=broker, dispatch=Dispatched()), broker, "core.dlq")
    return DeadLetter.objects.get()


def _cut_connections() -> int:
    """End what others have open on the database, as its death would, and return how many connections that were."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        cut: int = cursor.fetchone()[0]
        return cut


@pytest.mark.usefixtures("worker")
def test_a_worker_outlives_its_connections(broker: Broker) -> None:
    _ask(broker, "core.test_mark", "before")
    _wait_until(lambda: len(_marks()) == 1)
    assert _cut_connections() >= 1

    with Connection(broker.url) as connection:
        app.send_task("core.test_mark", ["slot"], headers={SLOT_HEADER: AT.isoformat()}, connection=connection)
    _ask(broker, "core.test_mark", "after")
    _wait_until(lambda: any(mark.startswith("after") for mark in _marks()))

    assert len([mark for mark in _marks() if mark.startswith("slot ")]) == 1
    assert broker.depth("core.dlq") == 0


@pytest.mark.usefixtures("worker")
def test_a_handler_that_lost_its_connection_is_tried_again(broker: Broker) -> None:
    handler = deed("test_weather", lambda events: None, context="users")
    ids = arrived(*sealed(standing()), handler=handler, queue="users.events", using="default")
    with Connection(broker.url) as connection:
        app.send_task(name_of(handler), [ids], connection=connection)
    _wait_until(lambda: _marks() == ["weathered"])
    _wait_until(lambda: [row.status for row in inbox("default")] == ["done"])
    assert broker.depth("core.dlq") == 0


@pytest.mark.usefixtures("worker")
def test_a_worker_does_refuses_and_retries(broker: Broker) -> None:
    _ask(broker, "core.test_mark", "hello")
    _wait_until(lambda: _marks() == [f"hello {STORY.correlation_id}"])

    _ask(broker, "core.test_refuse")
    letter = _letter(broker)
    assert (letter.queue, letter.type, letter.reason) == ("core", "core.test_refuse", "rejected")
    assert (letter.error_class, letter.error, letter.attempts) == ("NotToday", "There is no bread today.", 1)
    assert (letter.correlation_id, letter.deaths) == (STORY.correlation_id, 1)
    letter.delete()

    _ask(broker, "core.test_stumble")
    letter = _letter(broker)
    stumbles = [mark for mark in _marks() if mark.startswith("stumbled")]
    assert stumbles == [f"stumbled {tries} {STORY.correlation_id}" for tries in range(4)]
    assert (letter.queue, letter.error, letter.attempts) == ("core", "KeyError: 'price'", 4)
    assert letter.payload is not None

    with Connection(broker.url) as connection:
        for _ in range(2):
            app.send_task("core.test_mark", ["slot"], headers={SLOT_HEADER: AT.isoformat()}, connection=connection)
        late = {SLOT_HEADER: AT.isoformat(), SLOT_ENDS_HEADER: AT.isoformat()}
        app.send_task("core.test_mark", ["late slot"], headers=late, connection=connection)
    _ask(broker, "core.test_mark", "last")
    _wait_until(lambda: any(mark.startswith("last") for mark in _marks()))
    assert len([mark for mark in _marks() if mark.startswith("slot ")]) == 1
    assert not [mark for mark in _marks() if mark.startswith("late slot")]
