"""What docker/services remembers, and what it asks of the person at the terminal."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
URLS = ("DATABASE_URL", "RABBITMQ_URL", "RABBITMQ_MANAGEMENT_URL", "REDIS_URL")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with nothing in it but the scripts."""
    shutil.copytree(ROOT / "docker", tmp_path / "docker", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def services(checkout: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name not in URLS}
    return subprocess.run(
        [sys.executable, "docker/services", command],
        cwd=checkout,
        env={**plain, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_some_of_the_urls_are_not_enough(checkout: Path) -> None:
    done = services(checkout, "start", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert done.stderr == "DATABASE_URL is set but RABBITMQ_URL and REDIS_URL is not: set all three, or none.\n"


def test_urls_where_nobody_answers_are_named(checkout: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        urls = {"DATABASE_URL": "postgres", "RABBITMQ_URL": "amqp", "REDIS_URL": "redis"}
        done = services(checkout, "start", **{name: f"{kind}://127.0.0.1:{port}" for name, kind in urls.items()})
    assert done.returncode == 1
    assert "Nothing answers at DATABASE_URL and RABBITMQ_URL and REDIS_URL" in done.stderr
    assert not (checkout / ".services" / "env").exists()


@pytest.mark.parametrize("command", ["status", "env"])
def test_before_the_first_start_the_way_to_start_is_named(checkout: Path, command: str) -> None:
    done = services(checkout, command)
    assert (done.returncode, done.stderr) == (1, "No services were started here yet: run `make services`.\n")


def test_stopping_what_never_started_is_no_error(checkout: Path) -> None:
    assert services(checkout, "stop").returncode == 0


def test_an_unknown_command_names_those_there_are(checkout: Path) -> None:
    done = services(checkout, "restart")
    assert done.returncode == 2
    assert "start|stop|status|env" in done.stderr
