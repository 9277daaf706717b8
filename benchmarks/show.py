"""What is printed: the machine and its settings before, the table after."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence

from django.conf import settings
from django.db import connections
from kombu import Connection

from benchmarks.figures import Figure, reached
from treum_project.preparation import create_database

_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "max_connections")


def configuration() -> None:
    """Print cores, versions, sizes and durability."""
    create_database(settings.DATABASES["default"])
    lines = {
        "machine": f"{os.cpu_count()} cores, {_memory()} GiB, {platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Node": _version("node") or "absent",
        "PostgreSQL": _postgresql(),
        "RabbitMQ": f"{_rabbitmq()}, one node, quorum queues, persistent messages, publisher confirms",
        "batches": f"relay {settings.TREUM_OUTBOX_BATCH}, intake {settings.TREUM_INTAKE_BATCH}, "
        f"shard {settings.TREUM_TRADING_SHARD_SIZE}",
    }
    for name, text in lines.items():
        print(f"{name:>12}  {text}")


def table(figures: Sequence[Figure]) -> None:
    """Print the figures beside their yardsticks and goals."""
    print(f"\n{'':28}{'ours':>12}{'yardstick':>12}  {'unit':<10}{'ratio':>8}{'goal':>8}")
    for row in figures:
        verdict = {True: "reached", False: "missed", None: row.get("reason", "")}[reached(row)]
        cells = f"{_cell(row['ours']):>12}{_cell(row['yardstick']):>12}  {row['unit']:<10}"
        print(f"{row['name']:<28}{cells}{_cell(row['ratio']):>8}{_cell(row['goal']):>8}  {verdict}")


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _version(program: str) -> str:
    if shutil.which(program) is None:
        return ""
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def _postgresql() -> str:
    with connections["default"].cursor() as cursor:
        shown = {}
        for name in ("server_version", *_DURABILITY):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
    connections["default"].close()
    version = shown.pop("server_version")
    return ", ".join([version, *(f"{name}={value}" for name, value in shown.items())])


def _rabbitmq() -> str:
    with Connection(settings.RABBITMQ_URL, connect_timeout=5) as connection:
        connection.ensure_connection(max_retries=1)
        return str(connection.connection.server_properties["version"])
