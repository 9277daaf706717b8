"""Installs the Debian packages of services that are missing, without letting Debian start anything by itself."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from house import AS_ROOT, Trouble

POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")
APT = ("apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")


def install(choices: Sequence[Sequence[str]]) -> None:
    """Install one package of each choice, the first that this Debian offers."""
    wanted = " ".join(choice[0] for choice in choices)
    if shutil.which("apt-get") is None:
        raise Trouble(f"There is no Docker engine and no apt-get here: install {wanted} by hand, or set {_VARIABLES}.")
    if not AS_ROOT:
        raise Trouble(f"Run `sudo apt-get install {wanted}` once, or start a Docker engine, or set {_VARIABLES}.")
    names = [_offered(choice) for choice in choices]
    with _nothing_starts_by_itself():
        if _apt("install", "--no-install-recommends", *names).returncode == 0:
            return
        _apt("update")
        done = _apt("install", "--no-install-recommends", *[_offered(choice) for choice in choices])
    if done.returncode:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("E:")]
        reason = lines[0].removeprefix("E: ") if lines else "no reason given"
        raise Trouble(f"apt-get could not install {wanted} ({reason}): mend apt, or set {_VARIABLES}.")


_VARIABLES = "DATABASE_URL, RABBITMQ_URL and REDIS_URL"


def _offered(choice: Sequence[str]) -> str:
    """Return the first package of a choice that apt knows, refreshing a list that knows none."""
    for attempt in range(2):
        for name in choice:
            known = subprocess.run(["apt-cache", "show", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if known.returncode == 0 and known.stdout:
                return name
        if attempt == 0:
            _apt("update")
    return choice[0]


def _apt(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        [*APT, *arguments], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


@contextlib.contextmanager
def _nothing_starts_by_itself() -> Iterator[None]:
    """Keep Debian from starting the packages' default instances; a policy of the machine's own is left alone."""
    made = [
        path
        for path, text in ((POLICY, "#!/bin/sh\nexit 101\n"), (CLUSTERS, "create_main_cluster = false\n"))
        if _write_unless_present(path, text)
    ]
    try:
        yield
    finally:
        if POLICY in made:
            POLICY.unlink(missing_ok=True)


def _write_unless_present(path: Path, text: str) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755 if path == POLICY else 0o644)
    return True
