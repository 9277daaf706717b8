"""The flows share one theatre, and with it one process of the test run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.theatre import Theatre
from treum_project.stage import Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the services."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def _theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    environment = {"TREUM_TRADING_SHARD_SIZE": "10"}
    stage = Stage(tell=lambda _: None, name="flows", environment=environment)
    with Theatre(stage, folder=tmp_path_factory.mktemp("stories")) as theatre:
        yield theatre


@pytest.fixture
def theatre(_theatre: Theatre) -> Theatre:
    """The theatre with empty tables: followers come in shards of ten."""
    _theatre.clear()
    return _theatre
