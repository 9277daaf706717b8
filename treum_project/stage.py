"""A stage of one's own: scratch databases, a scratch virtual host and real processes, gone when the play is over.

`make demo`, the flow tests and the benchmarks run on it, beside whatever else runs on the same servers.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from psycopg2 import sql

from apps.kernel.bus.management_api import ManagementApi
from treum_project.env import ROOT
from treum_project.preparation import create_database, schema_fingerprint, server
from treum_project.processes import Process, Supervisor, configuration, read_procfile

PREFIX = "treum_stage"
TEMPLATE = "treum_template"
ACTORS = ("relay", "intake", "worker-signals", "worker-trading", "worker-notifications", "worker-core", "beat")

Tell = Callable[[str], None]


class StageError(Exception):
    """The stage could not be set; the sentence says what to do."""


class Stage:
    """Scratch databases, virtual host and processes, by the name of this process.

    Used as a context manager: everything is removed at the end, also after an error. `environment` is what a process
    needs to take part; `supervisor` starts, kills and looks at the processes. `processes` chooses from the Procfile,
    `commands` puts another command in the place of a process's own.
    """

    def __init__(
        self,
        *,
        tell: Tell,
        name: str = "",
        processes: Sequence[str] = ACTORS,
        commands: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        echo: Sequence[str] = (),
    ) -> None:
        self._tell = tell
        self._commands = dict(commands or {})
        self._extra = dict(environment or {})
        self._names = tuple(processes)
        self._echo = tuple(echo)
        self.name = f"{PREFIX}_{os.getpid()}{f'_{name}' if name else ''}"
        self.directory = Path(tempfile.mkdtemp(prefix="treum-"))
        self.environment = self._environment(self.name)
        self.supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        try:
            self._sweep()
            self._set()
        except BaseException:
            self.strike()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.strike()

    def start(self) -> Supervisor:
        """Start the processes and return what controls them."""
        text = configuration(self._cast(), directory=self.directory, environment=self.environment, echo=self._echo)
        self.supervisor = Supervisor(text, directory=self.directory)
        self.supervisor.start()
        return self.supervisor

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a Python command line on this stage, its output going to the terminal unless `options` say otherwise."""
        environment = {**os.environ, **self.environment, "TREUM_LOGS_LEVEL": "WARNING"}
        return subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, text=True, check=False, **options)

    def strike(self) -> None:
        """Stop the processes and remove databases, virtual host and directory."""
        if self.supervisor is not None:
            self.supervisor.stop()
            self.supervisor = None
        _remove(self.name)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _cast(self) -> list[Process]:
        known = {process.name: process for process in read_procfile(ROOT / "Procfile")}
        cast = [known[name] for name in self._names if name in known]
        return [replace(process, command=self._commands.get(process.name, process.command)) for process in cast]

    def _environment(self, name: str) -> dict[str, str]:
        urls = {_url_variable(context): _database_url(context, name) for context in settings.CONTEXTS}
        return {
            **urls,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "treum_project.settings.local"),
            "RABBITMQ_URL": _with_virtual_host(settings.RABBITMQ_URL, self.name),
            "RABBITMQ_MANAGEMENT_URL": settings.RABBITMQ_MANAGEMENT_URL,
            "REDIS_URL": settings.REDIS_URL,
            "TREUM_BEAT_FILE": str(self.directory / "beat"),
            **self._extra,
        }

    def _set(self) -> None:
        self._tell("Setting the stage: scratch databases and a virtual host of its own …")
        _management_api().create_virtual_host(self.name)
        templates = f"{TEMPLATE}_{schema_fingerprint()}"
        with server(settings.DATABASES["default"]) as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", (TEMPLATE,))
            _forget_templates(but=templates)
            self._prepare(templates)
            for context in settings.CONTEXTS:
                create_database(_database(context, self.name), template=f"{templates}_{context}")

    def _prepare(self, templates: str) -> None:
        environment = {**os.environ, **self.environment, **self._environment(templates)}
        command = [sys.executable, "manage.py", "prepare"]
        done = subprocess.run(command, env=environment, cwd=ROOT, text=True, capture_output=True, check=False)
        if done.returncode:
            raise StageError(f"The stage's databases could not be prepared: {done.stderr.strip()[-2000:]}")

    def _sweep(self) -> None:
        """Remove what stages left behind whose process is gone."""
        stage = re.compile(rf"{PREFIX}_(\d+)(_[a-z0-9]+)*?(?=_[a-z]+$)")
        stages = {match[0] for name in _databases() if (match := stage.match(name))}
        hosts = {name for name in _management_api().virtual_hosts() if name.startswith(PREFIX)}
        for name in stages | hosts:
            owner = re.match(rf"{PREFIX}_(\d+)", name)
            if owner and not Path(f"/proc/{owner[1]}").exists():
                _remove(name)


def _remove(name: str) -> None:
    with server(settings.DATABASES["default"]) as cursor:
        for context in settings.CONTEXTS:
            database = sql.Identifier(f"{name}_{context}")
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
    if name in _management_api().virtual_hosts():
        _management_api().delete_virtual_host(name)


def _forget_templates(*, but: str) -> None:
    for name in _databases():
        if name.startswith(TEMPLATE) and not name.startswith(but):
            with server(settings.DATABASES["default"]) as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _databases() -> list[str]:
    with server(settings.DATABASES["default"]) as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return [row[0] for row in cursor.fetchall()]


def _management_api() -> ManagementApi:
    if not settings.RABBITMQ_MANAGEMENT_URL:
        raise StageError(
            "Set RABBITMQ_MANAGEMENT_URL (http://user:password@host:15672): it makes the stage's virtual host."
        )
    return ManagementApi(settings.RABBITMQ_MANAGEMENT_URL)


def _database(context: str, name: str) -> dict[str, Any]:
    return {**settings.DATABASES[settings.TREUM_DATABASE_OF[context]], "NAME": f"{name}_{context}"}


def _database_url(context: str, name: str) -> str:
    database = _database(context, name)
    login = f"{database['USER']}:{database['PASSWORD']}@" if database["USER"] else ""
    return f"postgres://{login}{database['HOST']}:{database['PORT']}/{database['NAME']}"


def _url_variable(context: str) -> str:
    return "DATABASE_URL" if context == "users" else f"{context.upper()}_DATABASE_URL"


def _with_virtual_host(url: str, name: str) -> str:
    return re.sub(r"(?<=[^/:])/.*$", "", url.partition("://")[2]).join([url.partition("://")[0] + "://", f"/{name}"])
