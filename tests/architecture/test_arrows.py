"""The arrows of docs/architecture.md hold, and each contract that guards them notices when it is broken."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

BREAKS = [
    pytest.param("layers", "apps/kernel", "import apps.contracts.events", id="the kernel knows the contracts"),
    pytest.param("layers", "apps/contracts", "import apps.users", id="contracts know a context"),
    pytest.param("layers", "apps/trading", "import workers", id="a context knows the workers"),
    pytest.param("layers", "workers", "import treum_project", id="the workers know the project"),
    pytest.param("contexts", "apps/trading", "import apps.signals", id="one context knows another"),
    pytest.param("celery", "apps/trading", "import celery", id="a context knows Celery"),
    pytest.param("celery", "apps/kernel", "import celery", id="the kernel knows Celery"),
    pytest.param("celery", "treum_project", "import celery", id="the project knows Celery"),
    pytest.param("kombu", "apps/signals", "import kombu", id="a context knows the broker"),
    pytest.param("rooms", "apps/notifications/models", "import apps.notifications.services", id="models call services"),
    pytest.param("rooms", "apps/notifications/selectors", "import apps.notifications.services", id="selectors write"),
    pytest.param(
        "rooms", "apps/notifications/services", "import apps.notifications.handlers", id="services call handlers"
    ),
    pytest.param("rooms", "apps/notifications/handlers", "import apps.notifications.api", id="handlers call the API"),
    pytest.param(
        "providers",
        "apps/payments/services",
        "import apps.payments.adapters.sandbox.models",
        id="payments looks into the provider",
    ),
    pytest.param(
        "adapters",
        "apps/payments/adapters/sandbox",
        "import apps.payments.models",
        id="a provider looks into payments",
    ),
    pytest.param(
        "billing",
        "apps/payments/services/books",
        "import apps.payments.services.subscriptions.renewing",
        id="the books know subscriptions",
    ),
    pytest.param("pure", "apps/contracts", "import django", id="contracts know the ORM"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code that may be spoiled."""
    copy = tmp_path_factory.mktemp("house")
    for package in ("apps", "workers", "treum_project"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def lint(house: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [argument for contract in contracts for argument in ("--contract", contract)]
    command = [
        str(Path(sys.executable).parent / "lint-imports"),
        "--no-logo",
        "--cache-dir",
        str(house / "cache"),
        *chosen,
    ]
    return subprocess.run(
        command, cwd=house, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False
    )


def test_every_arrow_holds(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


@pytest.mark.parametrize(("contract", "room", "line"), BREAKS)
def test_a_broken_arrow_is_noticed(house: Path, contract: str, room: str, line: str) -> None:
    path = house / room / "broken.py" if (house / room).is_dir() else house / f"{room}.py"
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        done = lint(house, contract)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert done.returncode == 1, done.stdout
    assert "0 kept, 1 broken." in done.stdout


def test_every_contract_is_proved_by_a_break() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {case.values[0] for case in BREAKS}


def test_no_contract_makes_an_exception() -> None:
    assert not [contract["id"] for contract in CONTRACTS if contract.get("ignore_imports")]
