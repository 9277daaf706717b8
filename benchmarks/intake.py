"""`intake_vs_nestjs` and `intake_batched_vs_nestjs`: events a second from the exchange to a committed row each.

Both sides consume quorum queues of one broker and write the same table of one database. Their processes are warmed
up, then frozen while the queue is filled, and thawed when the clock starts: neither start nor publishing is measured.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connections

from apps.kernel.bus import topology
from apps.kernel.bus.management_api import ManagementApi
from apps.kernel.bus.publisher import Outgoing, Publisher, connect
from benchmarks import nest
from benchmarks.figures import Figure, figure
from benchmarks.fills import batch_messages, envelopes, single_messages
from benchmarks.staging import directory, staged
from benchmarks.tally.apps import DATABASE
from benchmarks.tally.topology import QUEUE, TOPOLOGY

SINGLE_EVENTS = 20_000
BATCHED_EVENTS = 100_000
EVENTS_PER_BATCH = 250
WARM_UP_EVENTS = 2_000
ROUNDS = 3
CONCURRENCY = 2
PUBLISH = 500
SETTLE_SECONDS = 1.0
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 120
_COUNT = "SELECT count(*) FROM tally_note"
_EMPTY = "TRUNCATE tally_note, inbox_message"
_INBOX = "SELECT count(*) FILTER (WHERE status = 'done'), count(*) FILTER (WHERE status <> 'done') FROM inbox_message"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two consumers: the process that is frozen, and where its messages go."""

    name: str
    url: str
    consumer: subprocess.Popen[bytes]
    log: Path
    has_inbox: bool


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent in one round."""

    events: int
    messages: Sequence[Outgoing]


def measure() -> list[Figure]:
    """Return the figures, measured on a stage of their own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Let both sides consume in turns, and return the medians."""
    events = envelopes(BATCHED_EVENTS)
    warm_up = Load(WARM_UP_EVENTS, single_messages(events[:WARM_UP_EVENTS]))
    single = Load(SINGLE_EVENTS, single_messages(events[:SINGLE_EVENTS]))
    batched = Load(BATCHED_EVENTS, batch_messages(events, size=EVENTS_PER_BATCH))
    with ExitStack() as stack:
        ours = stack.enter_context(_ours())
        theirs, reason = _entered(stack)
        for side in filter(None, (ours, theirs)):
            _round(side, warm_up)
        rates: dict[str, list[float]] = {"single": [], "nestjs": [], "batched": []}
        for _ in range(ROUNDS):
            rates["single"].append(_round(ours, single))
            if theirs is not None:
                rates["nestjs"].append(_round(theirs, single))
            rates["batched"].append(_round(ours, batched))
            print("  " + ", ".join(f"{name} {found[-1]:,.0f}/s" for name, found in rates.items() if found), flush=True)
    return _figures(rates, reason)


def _figures(rates: dict[str, list[float]], reason: str | None) -> list[Figure]:
    median = {name: statistics.median(found) if found else None for name, found in rates.items()}
    goals = (("intake_vs_nestjs", "single", 1.2), ("intake_batched_vs_nestjs", "batched", 5.0))
    return [
        figure(name, ours=median[kind], yardstick=median["nestjs"], unit="events/s", goal=goal, reason=reason)
        for name, kind, goal in goals
    ]


def _entered(stack: ExitStack) -> tuple[Side | None, str | None]:
    try:
        nest.install()
        return stack.enter_context(_theirs()), None
    except nest.NestUnavailable as error:
        print(f"  {error}", flush=True)
        return None, str(error)


@contextmanager
def _ours() -> Iterator[Side]:
    topology.apply(TOPOLOGY, url=settings.RABBITMQ_URL)
    worker = ["-m", "celery", "-A", "benchmarks.tally.worker", "worker", "--queues", "core"]
    options = ["--concurrency", str(CONCURRENCY), "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    with _python(*worker, *options, log="worker"), _python("-m", "benchmarks.tally.intake", log="intake") as intake:
        yield Side("ours", settings.RABBITMQ_URL, intake, _log("worker"), has_inbox=True)


@contextmanager
def _theirs() -> Iterator[Side]:
    api, host = ManagementApi(settings.RABBITMQ_MANAGEMENT_URL), _virtual_host() + "_nestjs"
    api.create_virtual_host(host)
    url = settings.RABBITMQ_URL.rpartition("/")[0] + "/" + host
    try:
        topology.apply(TOPOLOGY, url=url)
        process = nest.start(
            rabbitmq_url=url, database_url=os.environ["TALLY_DATABASE_URL"], queue=QUEUE, log=_log("nestjs")
        )
        with _ended(process):
            yield Side("nestjs", url, process, _log("nestjs"), has_inbox=False)
    finally:
        api.delete_virtual_host(host)


def _round(side: Side, load: Load) -> float:
    """Fill the queue while the consumer is frozen, thaw it, and return events per second until all rows stand."""
    _execute(_EMPTY)
    side.consumer.send_signal(signal.SIGSTOP)
    _publish(load.messages, url=side.url)
    time.sleep(SETTLE_SECONDS)
    begun = time.perf_counter()
    side.consumer.send_signal(signal.SIGCONT)
    _wait_for(load.events, side)
    seconds = time.perf_counter() - begun
    _check(side, load)
    return load.events / seconds


def _wait_for(events: int, side: Side) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := _execute(_COUNT)[0]) < events:
        if time.monotonic() > deadline or side.consumer.poll() is not None:
            said = "\n".join(side.log.read_text().splitlines()[-20:])
            raise AssertionError(f"{side.name} wrote {found} of {events} rows, and said:\n{said}")
        time.sleep(LOOK_SECONDS)


def _check(side: Side, load: Load) -> None:
    time.sleep(SETTLE_SECONDS)
    assert _execute(_COUNT)[0] == load.events, "there are more rows than events"
    assert _depth(side.url) == 0, "the queue is not empty"
    if side.has_inbox:
        assert _execute(_INBOX) == (len(load.messages), 0), "the inbox does not say done of each message"


def _publish(messages: Sequence[Outgoing], *, url: str) -> None:
    publisher = Publisher(url)
    for start in range(0, len(messages), PUBLISH):
        assert not publisher.publish(messages[start : start + PUBLISH])
    publisher.close()


def _depth(url: str) -> int:
    connection = connect(url)
    depth = int(connection.channel().queue_declare(QUEUE, passive=True).message_count)
    connection.close()
    return depth


def _execute(statement: str) -> tuple[int, ...]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone()) if cursor.description else ()


@contextmanager
def _python(*arguments: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
    with _log(log).open("wb") as output:
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=subprocess.STDOUT)
    with _ended(process):
        yield process


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        for number in (signal.SIGCONT, signal.SIGTERM):
            process.send_signal(number)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _log(name: str) -> Path:
    return directory() / f"{name}.log"


def _virtual_host() -> str:
    match = re.search(r"[^/]+$", settings.RABBITMQ_URL)
    assert match is not None
    return match[0]
