"""Where the services of this checkout live, and what is remembered between two starts: ports, passwords, directory."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import random
import secrets
import socket
import string
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / ".services"
ENVIRONMENT = HERE / "env"
MEMORY = HERE / "memory.json"
ELSEWHERE = Path("/var/lib/treum") / hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
AS_ROOT = os.geteuid() == 0
PORTS = range(20_000, 32_000)  # below the range from which outgoing connections take theirs


class Trouble(Exception):
    """Something that the person at the terminal can mend; its text is one sentence that names the fix."""


@dataclass
class House:
    """The remembered facts of this checkout's services."""

    kind: str = ""
    directory: Path = HERE
    ports: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def remembered(cls) -> "House":
        """Return what an earlier start wrote down, or a blank house."""
        try:
            facts = json.loads(MEMORY.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return cls()
        directory = Path(facts["directory"])
        if directory not in (HERE, ELSEWHERE):  # a copy of another checkout brought that one's memory along
            return cls()
        return cls(facts["kind"], directory, facts["ports"], facts["secrets"])

    def remember(self) -> None:
        """Write the facts down in one step, readable by the owner only."""
        facts = {"kind": self.kind, "directory": str(self.directory), "ports": self.ports, "secrets": self.secrets}
        write_private(MEMORY, json.dumps(facts, indent=2) + "\n")

    def secret(self, name: str, *, length: int = 32) -> str:
        """Return the secret of that name, made at its first use and kept."""
        letters = string.ascii_letters + string.digits
        return self.secrets.setdefault(name, "".join(secrets.choice(letters) for _ in range(length)))

    def port(self, name: str) -> int:
        """Return the port of that name, picked free at its first use and kept."""
        if name not in self.ports:
            self.ports[name] = free_port(avoiding=set(self.ports.values()))
        return self.ports[name]

    def move_taken_ports(self, *names: str) -> None:
        """Pick a new port for each name whose port somebody else has taken meanwhile."""
        for name in names:
            if name in self.ports and not is_free(self.ports[name]):
                del self.ports[name]
            self.port(name)


def is_free(port: int) -> bool:
    """Tell whether nobody listens on that loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(*, avoiding: set[int]) -> int:
    """Return a random free loopback port, so that two checkouts started at once do not meet."""
    for port in random.sample(PORTS, 500):
        if port not in avoiding and is_free(port):
            return port
    raise Trouble(f"No free port was found between {PORTS.start} and {PORTS.stop}: stop what listens there.")


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner may read it."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)


def choose_directory(*, say: Callable[[str], None]) -> Path:
    """Return where the data lives: inside the checkout, unless user postgres could not get there."""
    if not AS_ROOT or all(parent.stat().st_mode & 0o001 for parent in [HERE.parent, *HERE.parent.parents]):
        return HERE
    say(f"{ROOT} is closed to user postgres, so the data of the services lives in {ELSEWHERE}.")
    return ELSEWHERE


@contextlib.contextmanager
def one_at_a_time(*, say: Callable[[str], None]) -> Iterator[None]:
    """Let one start or stop of this checkout work at a time; the next one waits."""
    try:
        HERE.mkdir(mode=0o755, exist_ok=True)
        lock = (HERE / "lock").open("w")
    except OSError as error:
        raise Trouble(f"{HERE} cannot be written ({error.strerror}): make it yours with chown, or remove it.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start or stop is at work; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def settings_file() -> dict[str, str]:
    """Return the variables of the checkout's own `.env`, if there is one."""
    return read_variables(ROOT / ".env")


def read_variables(path: Path) -> dict[str, str]:
    """Return the NAME=value lines of a file; quotes around a value are dropped."""
    if not path.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}


def write_environment(house: House, urls: dict[str, str]) -> None:
    """Write `.services/env`, the file that settings read after the process environment and `.env`."""
    variables: dict[str, Any] = {
        **urls,
        "DJANGO_SECRET_KEY": house.secret("django", length=64),
        "JWT_SECRET": house.secret("jwt", length=64),
        "ENCRYPTION_KEY": house.secret("encryption", length=64),
        "FLOWER_BASIC_AUTH": f"operator:{house.secret('flower', length=16)}",
    }
    house.remember()
    text = "# Written by docker/services; change .env instead.\n"
    text += "".join(f"{name}={value}\n" for name, value in variables.items())
    if not ENVIRONMENT.is_file() or ENVIRONMENT.read_text() != text:
        write_private(ENVIRONMENT, text)


def scratch_file(text: str, *, owner: str | None = None) -> Path:
    """Return a temporary file with that text, readable only by the named user."""
    handle, name = tempfile.mkstemp(prefix="treum-")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    if owner is not None:
        give_to(Path(name), owner=owner)
    return Path(name)


def give_to(path: Path, *, owner: str) -> None:
    """Give a path to the named user and their group."""
    entry = pwd.getpwnam(owner)
    os.chown(path, entry.pw_uid, entry.pw_gid)
