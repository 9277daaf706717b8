"""Turns the Procfile into a running, restarted and stoppable set of processes, by supervisor.

`make run`, `make demo`, the flow tests and the benchmarks share it. Standard library only: it also has to work
for `make stop` where the environment is gone.
"""

import configparser
import ctypes
import hashlib
import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WAITING, WITHOUT_WAITING = True, False
MARK = "TREUM_RUN_DIRECTORY"
LONGEST_SOCKET_PATH = 95  # of 107; supervisor appends its process id while it binds
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<plain>\w+))")
LINE = re.compile(r"^(?P<name>[a-z][a-z0-9-]*):\s*(?P<command>\S.*)$")
SUPERVISORD = """\
[supervisord]
nodaemon = true
silent = true
directory = {root}
logfile = {directory}/log/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 2
pidfile = {directory}/supervisord.pid
childlogdir = {directory}/log
identifier = treum
strip_ansi = false
{user}
[unix_http_server]
file = {socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[group:treum]
programs = {names}

[treum]
environment = {environment}
"""
PROGRAM = """
[program:{name}]
command = {command}
directory = {root}
autostart = true
autorestart = true
startsecs = 5
startretries = 1000000
stopsignal = TERM
stopwaitsecs = {patience}
killasgroup = true
stdout_logfile = {directory}/log/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 3
"""
APART = """\
redirect_stderr = false
stderr_logfile = {directory}/log/{name}.errors.log
stderr_logfile_maxbytes = 10MB
stderr_logfile_backups = 1
"""
TOGETHER = "redirect_stderr = true\n"
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessesError(Exception):
    """The processes could not be started, stopped or described; the sentence says what to do."""


@dataclass(frozen=True)
class Process:
    """One line of the Procfile."""

    name: str
    command: str

    @property
    def patience(self) -> int:
        """Return how many seconds it may take to stop: a busy Celery worker needs up to half a minute.

        Beat, met by the signal while it waits for a confirm, may wait for ever; killing it loses nothing, because every
        run is named by its slot.
        """
        return 40 if self.name.startswith("worker-") else 5 if self.name == "beat" else 15


def read_procfile(path: Path) -> list[Process]:
    """Return the processes of a Procfile, in its order."""
    processes: dict[str, Process] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line)
        if match is None or match["name"] in processes:
            raise ProcessesError(f"{path.name} line {number} is not a new `name: command`: mend it.")
        processes[match["name"]] = Process(match["name"], match["command"].strip())
    return list(processes.values())


def expanded(command: str, *, environment: Mapping[str, str]) -> str:
    """Return a command with its $NAME, ${NAME} and ${NAME:-default} filled in; no shell is needed to run it."""

    def value(match: re.Match[str]) -> str:
        given = environment.get(match["braced"] or match["plain"], "")
        return shlex.quote(given) if given else match["default"] or ""

    return VARIABLE.sub(value, command)


def read_variables(path: Path) -> dict[str, str]:
    """Return the NAME=value lines of an environment file, or nothing when there is none."""
    if not path.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}


def surroundings() -> dict[str, str]:
    """Return the environment as settings see it: this process's, then `.env`, then what the services wrote."""
    files = {**read_variables(ROOT / ".services" / "env"), **read_variables(ROOT / ".env")}
    return {**files, **os.environ}


def socket_path(directory: Path) -> Path:
    """Return where supervisor listens; a socket's path must be short, so a deep directory gets one elsewhere."""
    path = directory / "supervisor.sock"
    if len(os.fsencode(path)) < LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"treum-{os.getuid()}-{digest}.sock"


def configuration(
    processes: Iterable[Process],
    *,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    echo: Sequence[str] = (),
) -> str:
    """Return the text of a supervisord.conf for those processes.

    `environment` comes on top of the environment that supervisor is started in. The output of each process goes to
    `<directory>/log/<name>.log`; of those in `echo` the errors go to a log apart, so that the rest can be shown.
    """
    processes = list(processes)
    if not processes:
        raise ProcessesError("There is no process to start: name at least one that the Procfile has.")
    known = {**surroundings(), **(environment or {})}
    head = SUPERVISORD.format(
        root=_literal(ROOT),
        directory=_literal(directory),
        socket=_literal(socket_path(directory)),
        user="user = root\n" if os.geteuid() == 0 else "",
        environment=json.dumps(dict(environment or {})),
        names=",".join(process.name for process in processes),
    )
    return head + "".join(_program(process, directory=directory, known=known, echo=echo) for process in processes)


def _program(process: Process, *, directory: Path, known: Mapping[str, str], echo: Sequence[str]) -> str:
    text = PROGRAM + (APART if process.name in echo else TOGETHER)
    return text.format(
        name=process.name,
        command=_literal(expanded(process.command, environment=known)),
        patience=process.patience,
        root=_literal(ROOT),
        directory=_literal(directory),
    )


def _given(text: str) -> dict[str, str]:
    """Return the environment of a configuration. It stands in a section of our own: supervisor's has no escapes."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    given: dict[str, str] = json.loads(parser["treum"]["environment"])
    return given


def _literal(value: object) -> str:
    """Write a value so that supervisor neither expands a percent sign in it nor takes a part of it for a comment."""
    text = str(value)
    if re.search(r"\s[;#]", text):
        raise ProcessesError(f"supervisor takes what follows a blank and ; or # for a comment: change `{text}`.")
    return text.replace("%", "%%")


class Supervisor:
    """The running processes of one directory.

    Supervisor ends with the thread that started it, however that ends, so that nothing is left running.
    """

    def __init__(self, text: str = "", *, directory: Path) -> None:
        self.text = text
        self.directory = directory
        self.socket = socket_path(directory)
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start supervisor and with it every process; return when all are spawned."""
        if self.is_running():
            raise ProcessesError("The processes of this directory are running already: stop them with `make stop`.")
        sweep(self.directory)
        (self.directory / "log").mkdir(parents=True, exist_ok=True)
        file = self.directory / "supervisord.conf"
        file.touch(mode=0o600)
        file.write_text(self.text)
        self.socket.unlink(missing_ok=True)
        errors = self.directory / "log" / "supervisord.errors.log"
        with errors.open("wb") as stderr:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(file)],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        _wait(lambda: self._all_spawned() or self._has_ended(), seconds=20)
        if not self._all_spawned():
            self.stop()
            complaint = errors.read_text().strip() or "it gave no reason"
            raise ProcessesError(f"supervisor did not start ({complaint.splitlines()[-1]}): see {errors}.")

    def stop(self, *, patience: float = 60) -> None:
        """Stop every process in good order, then supervisor; kill what still runs after the patience."""
        daemon = self._daemon.pid if self._daemon is not None else _read_pid(self.directory / "supervisord.pid")
        if daemon is not None and self._is_ours(daemon):
            os.kill(daemon, signal.SIGTERM)
            _wait(lambda: not self._is_ours(daemon), seconds=patience)
        sweep(self.directory)
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._daemon = None
        self.socket.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Tell whether supervisor answers for this directory."""
        try:
            self._call("getPID")
        except (OSError, http.client.HTTPException, ProcessesError):
            return False
        return True

    def pids(self) -> dict[str, int]:
        """Return the process id of each process that is up."""
        return {row["name"]: row["pid"] for row in self._rows() if row["pid"]}

    def states(self) -> dict[str, str]:
        """Return the state of each process in supervisor's words: STARTING, RUNNING, BACKOFF, STOPPED …"""
        return {row["name"]: row["statename"] for row in self._rows()}

    def start_process(self, name: str) -> None:
        """Start one process and return when it is spawned."""
        self._call("startProcess", f"treum:{name}", WITHOUT_WAITING)

    def stop_process(self, name: str) -> None:
        """Stop one process in good order and return when it has ended; it stays stopped."""
        self._call("stopProcess", f"treum:{name}", WAITING)

    def kill(self, name: str, *, number: int = signal.SIGKILL) -> int:
        """Send a signal to a process and its children, as a crash would come, and return its process id."""
        pid = self.pids()[name]
        os.killpg(pid, number)
        return pid

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._call("getAllProcessInfo")
        return rows

    def _all_spawned(self) -> bool:
        try:
            return all(state not in ("STOPPED", "UNKNOWN") for state in self.states().values())
        except (OSError, http.client.HTTPException):
            return False

    def _has_ended(self) -> bool:
        return self._daemon is not None and self._daemon.poll() is not None

    def _call(self, method: str, *arguments: object) -> Any:
        with xmlrpc.client.ServerProxy("http://supervisor", transport=_UnixTransport(self.socket)) as server:
            try:
                return getattr(server.supervisor, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                raise ProcessesError(
                    f"supervisor refused {method} {' '.join(map(str, arguments))}: {fault.faultString}."
                ) from None

    def _environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        own = {"PATH": path, "PYTHONUNBUFFERED": "1", MARK: str(self.directory)}
        return {"DJANGO_SETTINGS_MODULE": "treum_project.settings.local", **surroundings(), **_given(self.text), **own}

    def _is_ours(self, pid: int) -> bool:
        if self._daemon is not None and self._daemon.pid == pid:
            return self._daemon.poll() is None
        return pid in marked(self.directory)


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:
        """Return a connection to the socket, whatever the host is called."""
        connection = _UnixConnection(self._path)
        self._connection = (str(host), connection)
        return connection


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


def marked(directory: Path) -> list[int]:
    """Return every process that was started by the supervisor of a directory, also if that one is gone."""
    mark = f"{MARK}={directory}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended meanwhile, or belongs to somebody else
    return found


def sweep(directory: Path) -> None:
    """Kill what a supervisor of that directory left behind."""
    for pid in marked(directory):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    _wait(lambda: not marked(directory), seconds=5)


def _end_with_parent() -> None:
    _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _wait(holds: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
