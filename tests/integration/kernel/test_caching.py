"""What is kept for speed: forgotten in every process when it is said to have changed, and never wrong without Redis."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connections
from redis.exceptions import RedisError

from apps.kernel.caching import kept as caching
from apps.kernel.caching import shared
from apps.kernel.caching.backend import CacheIsShared
from apps.kernel.caching.kept import Keeper, forget, kept
from apps.kernel.caching.local import LocalShelf
from apps.kernel.clock import now

pytestmark = pytest.mark.integration

SECONDS = 30.0


@pytest.fixture
def server():
    client = redis.Redis.from_url(configured.REDIS_URL, decode_responses=True)
    yield client
    client.close()


@pytest.fixture
def group(settings, server):
    """Return the name of a group of this test's own, with caching on."""
    settings.TREUM_CACHE_SECONDS = SECONDS
    name = f"test-{uuid4().hex}"
    yield name
    server.unlink(caching._name_of(name, using="signals"))


@pytest.fixture
def process(monkeypatch):
    """Put a keeper of the test's own in the place of this process's, and stop it afterwards."""
    keeper = Keeper()
    monkeypatch.setattr(caching, "_keeper", keeper)
    yield keeper
    keeper.stop()


class Rows:
    """Stands for a table: what it says, and how often it was read."""

    def __init__(self, value="old"):
        self.value, self.reads = value, 0

    def __call__(self):
        self.reads += 1
        return {"value": self.value}


def until(true, seconds=5.0):
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, "It did not come to pass in time."
        time.sleep(0.01)


def hears(keeper):
    keeper._listener.start()
    until(lambda: keeper._shelf._open)


def read(group, rows):
    return kept(group, "all", rows, using="signals")["value"]


def test_the_second_reading_asks_neither_the_database_nor_redis(group, process, monkeypatch):
    rows = Rows()
    hears(process)
    assert [read(group, rows), read(group, rows)] == ["old", "old"]
    monkeypatch.setattr(shared, "quickly", lambda ask: pytest.fail("Redis was asked."))
    assert read(group, rows) == "old"
    assert rows.reads == 1


def test_another_process_finds_in_redis_what_one_has_read(group, process):
    rows, other = Rows(), Keeper()
    read(group, rows)
    text = other.read(caching._name_of(group, using="signals"), "all", rows, seconds=SECONDS)
    other.stop()
    assert (json.loads(text), rows.reads) == ({"value": "old"}, 1)


def test_members_of_a_group_are_kept_apart_and_forgotten_together(group, process):
    small, large = Rows("small"), Rows("large")
    for _ in range(2):
        assert kept(group, "small", small, using="signals") == {"value": "small"}
        assert kept(group, "large", large, using="signals") == {"value": "large"}
    assert (small.reads, large.reads) == (1, 1)
    forget([group], using="signals", since=now())
    small.value = large.value = "new"
    until(lambda: kept(group, "small", small, using="signals") == {"value": "new"})
    until(lambda: kept(group, "large", large, using="signals") == {"value": "new"})


def test_databases_are_kept_apart(group, process):
    assert kept(group, "all", Rows("a"), using="signals") == {"value": "a"}
    assert kept(group, "all", Rows("b"), using="trading") == {"value": "b"}


def test_nothing_is_kept_where_caching_is_off(group, process, settings):
    settings.TREUM_CACHE_SECONDS = 0.0
    rows = Rows()
    assert [read(group, rows), read(group, rows)] == ["old", "old"]
    assert rows.reads == 2


OTHER_PROCESS = """
import sys, time, json
import django
django.setup()
from django.conf import settings
from apps.kernel.caching.kept import kept
settings.TREUM_CACHE_SECONDS = 30.0
for name, database in json.loads(sys.argv[2]).items():
    settings.DATABASES[name]["NAME"] = database
told = None
while True:
    value = kept(sys.argv[1], "all", lambda: {"value": open(sys.argv[3]).read()}, using="signals")["value"]
    if value != told:
        told = value
        print(value, flush=True)
    time.sleep(0.005)
"""


@contextmanager
def other_processes(group, table: Path, count: int):
    names = json.dumps({"signals": connections["signals"].settings_dict["NAME"]})
    command = [sys.executable, "-c", OTHER_PROCESS, group, names, str(table)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


def test_every_process_reads_anew_what_one_says_has_changed(group, tmp_path, monkeypatch):
    table = tmp_path / "table"
    table.write_text("old")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "treum_project.settings.test")
    with other_processes(group, table, 3) as processes:
        assert [one.stdout.readline() for one in processes] == ["old\n"] * 3
        table.write_text("new")
        time.sleep(0.2)
        forget([group], using="signals", since=now())
        said_at = time.monotonic()
        assert [one.stdout.readline() for one in processes] == ["new\n"] * 3
    assert time.monotonic() - said_at < 2


def test_what_was_read_before_a_change_cannot_be_stored_after_it(group, process):
    hears(process)
    rows = Rows()

    def read_slowly():
        text = rows()
        rows.value = "new"
        forget([group], using="signals", since=now())
        return text

    assert kept(group, "all", read_slowly, using="signals") == {"value": "old"}
    assert read(group, rows) == "new"


def test_what_redis_gave_out_before_a_change_is_not_stored_here_after_it(group, process, monkeypatch):
    hears(process)
    rows, name = Rows(), caching._name_of(group, using="signals")
    other = Keeper()
    other.read(name, "all", rows, seconds=SECONDS)
    look = shared.look

    def look_then_hear(*args, **options):
        found = look(*args, **options)
        rows.value = "new"
        forget([group], using="signals", since=now())
        until(lambda: name not in process._shelf._groups)
        return found

    monkeypatch.setattr(shared, "look", look_then_hear)
    assert read(group, rows) == "old"
    monkeypatch.setattr(shared, "look", look)
    assert read(group, rows) == "new"
    other.stop()


def test_readers_and_writers_at_once_end_with_the_last_word(group, process):
    hears(process)
    others = [process, Keeper(), Keeper()]
    name, rows, stop = caching._name_of(group, using="signals"), Rows(0), threading.Event()
    failures = []

    def read_on(keeper):
        while not stop.is_set():
            try:
                keeper.read(name, "all", rows, seconds=SECONDS)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=read_on, args=(keeper,)) for keeper in others * 3]
    for thread in threads:
        thread.start()
    for number in range(1, 200):
        rows.value = number
        forget([group], using="signals", since=now())
    until(lambda: all(json.loads(one.read(name, "all", rows, seconds=SECONDS)) == {"value": 199} for one in others), 2)
    stop.set()
    for thread in threads:
        thread.join()
    assert [json.loads(one.read(name, "all", rows, seconds=SECONDS))["value"] for one in others] == [199] * 3
    assert failures == []
    for one in others:
        one.stop()


def test_nothing_grows_older_than_the_limit_when_nobody_says_that_it_changed(group, process, settings):
    settings.TREUM_CACHE_SECONDS = 0.5
    hears(process)
    rows = Rows()
    assert read(group, rows) == "old"
    loaded_at, rows.value = time.monotonic(), "new"
    until(lambda: read(group, rows) == "new", 1)
    assert 0.3 < time.monotonic() - loaded_at < 0.8


def test_redis_and_memory_do_not_add_up_their_ages(group, process, settings):
    settings.TREUM_CACHE_SECONDS = 0.6
    rows, late = Rows(), Keeper()
    hears(process)
    hears(late)
    read(group, rows)
    loaded_at, rows.value = time.monotonic(), "new"
    time.sleep(0.4)
    name = caching._name_of(group, using="signals")
    assert json.loads(late.read(name, "all", rows, seconds=0.6)) == {"value": "old"}
    until(lambda: json.loads(late.read(name, "all", rows, seconds=0.6)) == {"value": "new"}, 1)
    assert time.monotonic() - loaded_at < 0.9
    late.stop()


def test_a_lost_connection_empties_the_memory_at_once_and_it_fills_again(group, process, server):
    hears(process)
    rows = Rows()
    read(group, rows)
    shelf, opened = process._shelf, threading.Event()
    open_again = shelf.open
    shelf.open = lambda: (open_again(), opened.set())
    for client in server.client_list(_type="pubsub"):
        if client["name"] == f"treum-kept-{os.getpid()}":
            server.client_kill(client["addr"])
    until(lambda: not shelf._open)
    rows.value = "new"
    server.unlink(caching._name_of(group, using="signals"))
    assert read(group, rows) == "new"
    assert opened.wait(5)
    assert [read(group, rows), read(group, rows)] == ["new", "new"]
    assert rows.reads <= 4


@pytest.fixture
def nowhere(settings):
    """Point to a port where nothing listens."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    shared.client.cache_clear()
    yield
    shared.client.cache_clear()


def test_without_redis_everything_is_read_anew(group, nowhere, process):
    rows = Rows()
    assert read(group, rows) == "old"
    rows.value = "new"
    assert read(group, rows) == "new"


def test_without_redis_a_hundred_readings_take_no_hundred_timeouts(group, settings, process):
    settings.REDIS_URL = "redis://10.255.255.1:6379/0"
    rows, began = Rows(), time.monotonic()
    assert {read(group, rows) for _ in range(100)} == {"old"}
    assert time.monotonic() - began < 2


def test_a_change_that_cannot_be_told_is_told_again_while_anyone_may_keep_the_old(group, nowhere):
    with pytest.raises(RedisError):
        forget([group], using="signals", since=now())
    forget([group], using="signals", since=now() - timedelta(seconds=SECONDS + 1))


def test_a_shelf_holds_so_many_groups_and_members():
    shelf = LocalShelf()
    shelf.open()
    for number in range(10_050):
        _, group = shelf.look(f"g{number}", "m", seconds=60)
        shelf.store(f"g{number}", "m", "x", group=group, ends_at=time.monotonic() + 60)
    _, group = shelf.look("one", "m", seconds=60)
    for number in range(600):
        shelf.store("one", f"m{number}", "x", group=group, ends_at=time.monotonic() + 60)
    assert len(shelf._groups) == 10_000
    assert "g0" not in shelf._groups
    assert len(shelf._groups["one"].members) == 500


def test_redis_holds_so_many_members_of_a_group(group, process, server):
    for number in range(520):
        kept(group, f"m{number}", Rows(), using="signals")
    assert server.hlen(caching._name_of(group, using="signals")) == 501


def test_a_shared_cache_is_not_cleared():
    key = f"test-{uuid4().hex}"
    cache.set(key, "kept", timeout=SECONDS)
    with pytest.raises(CacheIsShared, match="delete keys by their names"):
        cache.clear()
    assert cache.get(key) == "kept"
    cache.delete(key)
