"""Every point between a row and its effect, hit one by one: the process dies exactly there, several times."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.conftest import STORY, Outcome, Scene, outcome
from tests.support.records import differences
from treum_project.demo.options import SAMPLE
from treum_project.env import ROOT
from treum_project.processes import read_procfile

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

DEATHS = 3


@dataclass(frozen=True)
class Point:
    """Where a process dies: before or after a function, at its so-manieth call."""

    name: str
    process: str
    place: str
    call: int = 20


CONFIRMS = "before,apps.kernel.bus.publisher:Publisher._wait_for_confirms"
POINTS = (
    Point("relay: claimed, not published", "relay", "found,apps.kernel.outbox.claims:OutboxTable.claim"),
    Point("relay: written, not confirmed", "relay", CONFIRMS),
    Point("relay: confirmed, not marked", "relay", "before,apps.kernel.outbox.claims:OutboxTable.mark_published"),
    Point("relay: marked", "relay", "after,apps.kernel.outbox.claims:OutboxTable.mark_published"),
    Point("intake: read, not stored", "intake", "before,apps.kernel.bus.intake:store"),
    Point("intake: stored, not dispatched", "intake", "found,apps.kernel.bus.intake:store"),
    Point(
        "intake: dispatched, not confirmed", "intake", "before,apps.kernel.bus.publisher:Publisher._wait_for_confirms"
    ),
    Point("intake: dispatched, not acknowledged", "intake", "before,apps.kernel.bus.deliveries:Consumer.ack_all"),
    Point("intake: acknowledged", "intake", "after,apps.kernel.bus.deliveries:Consumer.ack_all"),
    Point("trading: before the effect", "worker-trading", "before,apps.kernel.inbox.handling:_run"),
    Point("trading: effect, not committed", "worker-trading", "after,apps.kernel.inbox.handling:_run"),
    Point("trading: committed, not acknowledged", "worker-trading", "after,workers.handlers:handle"),
    Point("trading: a shard decided, not booked", "worker-trading", "before,apps.trading.services.execution:_book"),
    Point("trading: a shard booked, not committed", "worker-trading", "after,apps.trading.services.execution:take"),
    Point("trading: a shard taken, not acknowledged", "worker-trading", "after,apps.trading.services:execute_batch"),
    Point("signals: told, not committed", "worker-signals", "after,apps.signals.services.replays:_advance", 5),
    Point("signals: committed, not acknowledged", "worker-signals", "after,apps.signals.services:advance_replay", 5),
    Point("notifications: told, not committed", "worker-notifications", "after,apps.kernel.inbox.handling:_run", 10),
    Point("notifications: committed, not acknowledged", "worker-notifications", "after,workers.handlers:handle", 10),
    Point(
        "notifications: pushed, not acknowledged", "worker-notifications", "after,apps.notifications.services:push", 10
    ),
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_dying_there_changes_nothing(
    scene: Scene, undisturbed: Callable[[], Outcome], tmp_path: Path, point: Point
) -> None:
    calm, deaths = undisturbed(), tmp_path / "deaths"
    theatre = scene(commands={point.process: fated(point, counter=deaths)})

    hit = outcome(theatre, theatre.begin(SAMPLE, **STORY).ended(seconds=400))

    assert deaths.stat().st_size == DEATHS, "the process did not come to that point often enough"
    assert differences(calm.records, hit.records) == []
    assert differences(calm.report, hit.report) == []


def fated(point: Point, *, counter: Path) -> str:
    """Return the command of a process that dies at a point."""
    command = next(process.command for process in read_procfile(ROOT / "Procfile") if process.name == point.process)
    program = command.removeprefix("python -m workers.")
    actor = f"python -m tests.chaos.actors.dying {point.place} {point.call} {DEATHS} {shlex.quote(str(counter))}"
    return f"{actor} -- {program}"
