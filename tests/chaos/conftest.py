"""Faults on stages of their own, compared with the same story undisturbed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import comparable, records
from tests.support.theatre import Played, Theatre
from treum_project.demo.options import SAMPLE
from treum_project.stage import Stage

STORY: Mapping[str, object] = {
    "STRATEGY": "bbands_20_2",
    "FOLLOWERS": 30,
    "BARS": 800,
    "TREUM_DEMO_PATIENCE": 90,
}
ENVIRONMENT = {"TREUM_TRADING_SHARD_SIZE": "10", "TREUM_OUTBOX_LEASE_SECONDS": "2"}
"""Three shards, so that tasks are under way too; and what a dead relay had claimed is soon free again."""

Scene = Callable[..., Theatre]


@dataclass(frozen=True)
class Outcome:
    """What a story has come to: its report and its records, without what may differ."""

    report: dict[str, Any]
    records: dict[str, list[tuple[Any, ...]]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the services."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


def outcome(theatre: Theatre, played: Played) -> Outcome:
    """Return what a story that has ended well has come to."""
    assert played.code == 0, played.output
    return Outcome(comparable(played.report), records(theatre))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Set a stage, with other commands for some of its processes; it is struck at the end."""
    entered: list[Theatre] = []

    def set_scene(*, commands: Mapping[str, str] | None = None) -> Theatre:
        stage = Stage(tell=lambda _: None, name="chaos", commands=commands, environment=ENVIRONMENT)
        theatre = Theatre(stage, folder=tmp_path).__enter__()
        entered.append(theatre)
        return theatre

    yield set_scene
    for theatre in entered:
        theatre.__exit__()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Outcome]:
    """Play the story without any fault, once for all tests."""

    @cache
    def play() -> Outcome:
        stage = Stage(tell=lambda _: None, name="calm", environment=ENVIRONMENT)
        with Theatre(stage, folder=tmp_path_factory.mktemp("calm")) as theatre:
            return outcome(theatre, theatre.play(SAMPLE, **STORY))

    return play
