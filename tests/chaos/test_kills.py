"""One story with many kills: nothing is lost, nothing is doubled, nothing is different."""

import random
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.chaos.conftest import STORY, Outcome, Scene, outcome
from tests.chaos.mischief import PROCESSES, WORKERS, during, kill, kill_child
from tests.support.records import differences
from tests.support.theatre import Theatre
from treum_project.demo.options import SAMPLE

KILLS = 16
SEED = 20


@pytest.mark.timeout(400)
def test_many_kills_change_nothing(scene: Scene, undisturbed: Callable[[], Outcome]) -> None:
    calm = undisturbed()
    theatre = scene()
    story = theatre.begin(SAMPLE, **STORY)

    killed = during(theatre, story, kills(theatre, random.Random(SEED)), every=1.0)
    stormy = outcome(theatre, story.ended())

    assert killed >= KILLS // 2, "the story was over before enough was killed"
    assert len(calm.records["signals"]) >= 50
    assert differences(calm.records, stormy.records) == []
    assert differences(calm.report, stormy.report) == []


def kills(theatre: Theatre, dice: random.Random) -> Iterator[Callable[[], bool]]:
    """Return what is killed, in an order that is the same for the same dice: each process once at least."""
    whole = [partial(kill, theatre, name) for name in PROCESSES]
    parts = [partial(kill_child, theatre, name, dice=dice) for name in WORKERS]
    rest = dice.choices([*whole, *parts], k=KILLS - len(whole) - len(parts))
    deeds = [*whole, *parts, *rest]
    dice.shuffle(deeds)
    return iter(deeds)
