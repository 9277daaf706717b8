"""Runs a process of the platform that kills itself, as by SIGKILL from outside, at one point of its work.

    python -m tests.chaos.actors.dying POINT CALL TIMES COUNTER -- relay | intake | celery ARGUMENTS

POINT is `before,MODULE:NAME`, `after,MODULE:NAME`, or `found,MODULE:NAME` for after a call that has found something. In
each process the CALL-th such call is its last, until TIMES processes have died; COUNTER is the file that counts them.
"""

import fcntl
import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import workers  # noqa: F401 - Django stands before anything else is imported


class Fate:
    """When this process dies, and how many may still do so."""

    def __init__(self, call: int, times: int, counter: Path) -> None:
        self._call = call
        self._times = times
        self._counter = counter
        self._calls = count(1)

    def meet(self) -> None:
        """Count a call; do not return from the last one."""
        if next(self._calls) >= self._call and self._may_die():
            os.kill(os.getpid(), signal.SIGKILL)

    def _may_die(self) -> bool:
        with self._counter.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0, os.SEEK_END)
            if file.tell() >= self._times:
                return False
            file.write(b"x")
            return True


def wrap(point: str, fate: Fate) -> None:
    """Put the fate before or after a function, where its callers find it."""
    when, _, place = point.partition(",")
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _fated(getattr(owner, name), fate, when=when))


def _fated(function: Callable[..., Any], fate: Fate, *, when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def fated(*arguments: Any, **options: Any) -> Any:
        if when == "before":
            fate.meet()
        result = function(*arguments, **options)
        if when == "after" or (when == "found" and result):
            fate.meet()
        return result

    return fated


def main() -> None:
    """Wrap and run."""
    point, call, times, counter, _, program, *arguments = sys.argv[1:]
    wrap(point, Fate(int(call), int(times), Path(counter)))
    if program == "celery":
        sys.argv = ["celery", *arguments]
        importlib.import_module("celery.__main__").main()
    else:
        importlib.import_module(f"workers.{program}").main()


if __name__ == "__main__":
    main()
