"""Finds and ends the processes that run inside a directory of ours, without ever trusting a pid file."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def living_in(directory: Path) -> list[int]:
    """Return the ids of the processes whose working directory is that one or lies below it."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                place = Path(os.readlink(f"/proc/{entry.name}/cwd").removesuffix(" (deleted)"))
            except OSError:
                continue  # it ended meanwhile, or belongs to somebody else
            if place == directory or directory in place.parents:
                found.append(int(entry.name))
    return found


def name_of(pid: int) -> str:
    """Return the short name of a process, or nothing when it ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def end(directory: Path, *, patience: float = 10) -> None:
    """Ask the processes of that directory to end, and kill those that have not after the patience."""
    for sign, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        for pid in living_in(directory):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue
        if wait_until(lambda: not living_in(directory), seconds=wait):
            return


def wait_until(holds: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Tell whether a condition came to hold within that many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def complaint(log: Path) -> str:
    """Return the last line of a log that complains, or else its last line, for a sentence about what went wrong."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "no log was written"
    complaints = [line for line in lines if any(word in line for word in ("error", "FATAL", "PANIC", "Fatal"))]
    return (complaints or lines or ["its log is empty"])[-1][:300]
