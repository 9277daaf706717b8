"""A change of a strategy, by service, relay, intake and worker, is seen by every process that answers."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.theatre import free_port, until
from treum_project.stage import Stage

PROCESSES = ("web", "relay", "intake", "worker-signals")
ASKED = 12
SEED = """
from django.contrib.sessions.backends.db import SessionStore
from apps.signals.services import ensure_strategy
from apps.users.services import ensure_user, open_family
ensure_strategy("donchian_20_10", timeframe="1h")
session = SessionStore()
session.create()
person = ensure_user("trader@example.com", password="a passphrase of some length")
print("TOKEN", open_family(person, session_key=session.session_key).access)
"""
RENAME = """
from apps.signals.models import Strategy
from apps.signals.services import save_strategy
strategy = Strategy.objects.get()
strategy.name = "Renamed"
save_strategy(strategy)
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    environment = {"PORT": str(free_port()), "WEB_WORKERS": "3", "TREUM_CACHE_SECONDS": "600"}
    with Stage(tell=print, name="kept", processes=PROCESSES, environment=environment) as stage:
        stage.start()
        yield stage


def shell(stage: Stage, script: str) -> str:
    done = stage.run("manage.py", "shell", "-c", script, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(stage: Stage, token: str) -> set[str]:
    """Return every name that is shown of the strategy, asked for so often that each process gets its turn."""
    address = f"http://127.0.0.1:{stage.environment['PORT']}/api/v1/strategies"
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    answers = [httpx.get(address, headers=headers, timeout=30) for _ in range(ASKED)]
    return {answer.json()["results"][0]["name"] for answer in answers}


def is_up(stage: Stage) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{stage.environment['PORT']}/health/live", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def test_a_renamed_strategy_is_shown_so_by_every_process(stage: Stage) -> None:
    token = shell(stage, SEED).partition("TOKEN ")[2].split()[0]
    until(lambda: is_up(stage), seconds=60)
    (before,) = shown(stage, token)
    shell(stage, RENAME)
    until(lambda: shown(stage, token) == {"Renamed"}, seconds=30)
    assert before != "Renamed"
    assert shown(stage, token) == {"Renamed"}
