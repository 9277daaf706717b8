"""A stage whose processes stay up while one story after another is played on it, each on empty tables."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg2
from psycopg2 import sql

from treum_project.env import ROOT
from treum_project.processes import Supervisor, sweep
from treum_project.stage import Stage

URLS = {
    "users": "DATABASE_URL",
    "payments": "PAYMENTS_DATABASE_URL",
    "education": "EDUCATION_DATABASE_URL",
    "signals": "SIGNALS_DATABASE_URL",
    "trading": "TRADING_DATABASE_URL",
    "notifications": "NOTIFICATIONS_DATABASE_URL",
}
SHARED_CHECK = Path(os.environ.get("TREUM_DEMO_CHECK", ROOT.parent / "shared" / "check" / "demo_report.py"))
REST_SECONDS = 90

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
_UNPUBLISHED = "SELECT count(*) FROM outbox_message WHERE published_at IS NULL"
_UNHANDLED = "SELECT count(*) FROM inbox_message WHERE status = 'pending'"


@dataclass(frozen=True)
class Played:
    """How a story ended."""

    code: int
    output: str
    report: dict[str, Any]


class Story:
    """A demo under way."""

    def __init__(self, process: "subprocess.Popen[bytes]", *, output: Path, report: Path) -> None:
        self.process = process
        self._output = output
        self._report = report

    @property
    def running(self) -> bool:
        """Whether it has not come to its end."""
        return self.process.poll() is None

    def ended(self, *, seconds: float = 240) -> Played:
        """Wait for the end and return it."""
        try:
            code = self.process.wait(timeout=seconds)
        finally:
            self.process.kill()
            self.process.wait()
        report = json.loads(self._report.read_text()) if self._report.exists() else {}
        return Played(code, self._output.read_text(), report)


class Theatre:
    """The stage with its processes, and what the tests ask of its databases."""

    def __init__(self, stage: Stage, *, folder: Path) -> None:
        self.stage = stage
        self._folder = folder
        self._number = 0
        self._emptied: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        self.stage.__enter__()
        try:
            self._emptied = {context: self._empty_tables(context) for context in URLS}
            self.supervisor = self.stage.start()
        except BaseException:
            self.stage.strike()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        sweep(self.stage.directory)  # nobody waits for them to end in good order
        self.stage.strike()

    supervisor: Supervisor

    def begin(self, candles: Path, **options: object) -> Story:
        """Start the demo's story, with options as `make demo` names them."""
        self._number += 1
        output, report = (self._folder / f"story-{self._number}.{kind}" for kind in ("log", "json"))
        given = {name: str(value) for name, value in {"REPORT": report, **options}.items()}
        environment = {**os.environ, **self.stage.environment, "CANDLES": str(candles), **given}
        with output.open("wb") as text:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "demo_story"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=text,
                stderr=subprocess.STDOUT,
            )
        return Story(process, output=output, report=report)

    def play(self, candles: Path, **options: object) -> Played:
        """Play a story to its end."""
        return self.begin(candles, **options).ended()

    def rows(self, context: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return what a statement finds in the database of a context."""
        with closing(self.connection(context)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall()

    def connection(self, context: str) -> Any:
        """Return a connection to the database of a context, for the caller to close."""
        return psycopg2.connect(self.stage.environment[URLS[context]])

    def at_rest(self) -> bool:
        """Tell whether every recorded message has been published and every one taken in has been handled."""
        waiting = (self.rows(context, statement)[0][0] for context in URLS for statement in (_UNPUBLISHED, _UNHANDLED))
        return not any(waiting)

    def clear(self) -> None:
        """Empty every table that was empty when the stage was set, once nothing is under way."""
        until(self.at_rest, seconds=REST_SECONDS)
        for context, tables in self._emptied.items():
            with closing(self.connection(context)) as connection, connection, connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
                for table in tables:
                    cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
                names = sql.SQL(", ").join(map(sql.Identifier, tables))
                # A series is never the same again: processes remember its released bars by its id.
                numbers = sql.SQL("CONTINUE" if context == "signals" else "RESTART")
                cursor.execute(sql.SQL("TRUNCATE {} {} IDENTITY").format(names, numbers))
                for table in tables:
                    cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))

    def _empty_tables(self, context: str) -> list[str]:
        names = [name for (name,) in self.rows(context, _TABLES)]
        return [name for name in names if not self.rows(context, f'SELECT 1 FROM "{name}" LIMIT 1')]


def until(holds: Callable[[], bool], *, seconds: float, pause: float = 0.1) -> None:
    """Wait until something holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(pause)


def shared_check(candles: Path, strategy: str, report: Mapping[str, Any], *, folder: Path) -> str:
    """Return what the shared check says of a report; nothing where it is content or not at hand."""
    if not SHARED_CHECK.exists():
        return ""
    path = folder / "checked.json"
    path.write_text(json.dumps(report))
    command = [sys.executable, str(SHARED_CHECK), str(candles), strategy, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
