"""Each process killed again and again, a broker that restarts, and a deploy in the middle of a story."""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.chaos.conftest import STORY, Outcome, Scene, outcome
from tests.chaos.mischief import PROCESSES, WORKERS, during, kill, kill_child, redeploy, signals_so_far
from tests.support.records import differences
from tests.support.theatre import Story, Theatre, until
from treum_project.demo.options import SAMPLE
from treum_project.env import ROOT

sys.path.append(str(ROOT / "docker" / "services"))
from house import House
from processes import living_in
from rabbitmq import RabbitMQ

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

TIMES = 8


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_killed_again_and_again_changes_nothing(
    scene: Scene, undisturbed: Callable[[], Outcome], name: str
) -> None:
    calm, theatre = undisturbed(), scene()
    story = theatre.begin(SAMPLE, **STORY)
    killed = during(theatre, story, repeat(partial(kill, theatre, name), TIMES), every=1.5)
    assert_the_same(calm, outcome(theatre, story.ended(seconds=400)))
    assert killed


@pytest.mark.parametrize("name", WORKERS)
def test_pool_children_killed_again_and_again_change_nothing(
    scene: Scene, undisturbed: Callable[[], Outcome], name: str
) -> None:
    calm, theatre, dice = undisturbed(), scene(), random.Random(name)
    story = theatre.begin(SAMPLE, **STORY)
    killed = during(theatre, story, repeat(partial(kill_child, theatre, name, dice=dice), TIMES), every=0.7)
    assert_the_same(calm, outcome(theatre, story.ended(seconds=400)))
    assert killed


def test_a_deploy_in_the_middle_changes_nothing(scene: Scene, undisturbed: Callable[[], Outcome]) -> None:
    calm, theatre = undisturbed(), scene()
    story = theatre.begin(SAMPLE, **STORY)
    deeds = iter([partial(redeploy, theatre, name) for name in PROCESSES])
    assert during(theatre, story, deeds, every=0.2) >= 3
    assert_the_same(calm, outcome(theatre, story.ended(seconds=400)))


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning",  # the broker's processes are daemons, found by their directory and not by their Popen
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
@pytest.mark.parametrize("crash", [False, True], ids=["in good order", "by SIGKILL"])
def test_a_broker_that_restarts_changes_nothing(
    scene: Scene, undisturbed: Callable[[], Outcome], own_broker: RabbitMQ, crash: bool
) -> None:
    calm, theatre = undisturbed(), scene()
    story = theatre.begin(SAMPLE, **STORY)
    for signals in (8, 25):
        until(partial(_has_come_to, theatre, signals, story), seconds=120)
        assert story.running, story.ended().output
        if crash:
            for process in living_in(own_broker.home):
                os.kill(process, signal.SIGKILL)
        else:
            own_broker.stop()
        own_broker.start()
    assert_the_same(calm, outcome(theatre, story.ended(seconds=400)))


@pytest.fixture
def own_broker(undisturbed: Callable[[], Outcome], tmp_path: Path, settings: Settings) -> Iterator[RabbitMQ]:
    """A RabbitMQ of this test's own, so that nobody else's is restarted."""
    if not RabbitMQ.installed():
        pytest.skip("RabbitMQ's programs are not on this machine")
    undisturbed()
    broker = RabbitMQ(House("private", tmp_path))
    broker.start()
    settings.RABBITMQ_URL = broker.urls["RABBITMQ_URL"]
    settings.RABBITMQ_MANAGEMENT_URL = broker.urls["RABBITMQ_MANAGEMENT_URL"]
    yield broker
    broker.stop()


def _has_come_to(theatre: Theatre, signals: int, story: Story) -> bool:
    return signals_so_far(theatre) >= signals or not story.running


def assert_the_same(calm: Outcome, stormy: Outcome) -> None:
    """Assert that a disturbed story came to the same as the undisturbed one."""
    assert differences(calm.records, stormy.records) == []
    assert differences(calm.report, stormy.report) == []
