"""A process of its own that does a deed, and dies, as by SIGKILL from outside, at one of the writes of that deed."""

import json
import os
import re
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connections

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|SELECT ledger_)", re.IGNORECASE)
_WORDS = 40


class Fate:
    """Counts the points at which a process may die: before and after each write, before and after each commit."""

    def __init__(self, fatal: int | None) -> None:
        self._fatal = fatal
        self.points: list[str] = []

    def watch(self, using: str) -> None:
        """Count what is written through a connection from now on, until the process ends."""
        connection = connections[using]
        connection.execute_wrappers.append(self._around_statement)
        commit = connection._commit  # type: ignore[attr-defined] # what every commit goes through

        def fated_commit() -> None:
            self._meet("before commit")
            commit()
            self._meet("after commit")

        connection._commit = fated_commit  # type: ignore[attr-defined] # as above

    def _around_statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not _WRITES.match(sql):
            return execute(sql, params, many, context)
        words = " ".join(sql.split())[:_WORDS]
        self._meet(f"before {words}")
        result = execute(sql, params, many, context)
        self._meet(f"after {words}")
        return result

    def _meet(self, point: str) -> None:
        self.points.append(point)
        if len(self.points) == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def points_of(deed: Callable[[], object], *, using: str) -> list[str]:
    """Do a deed in a process of its own, to its end, and return where it might have died."""
    reading, writing = os.pipe()
    pid = _forked(deed, using=using, fatal=None, report=writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        points: list[str] = json.loads(told.read() or "null")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the deed failed without any kill"
    return points


def die_in(deed: Callable[[], object], *, using: str, fatal: int) -> None:
    """Do a deed in a process of its own that dies at its so-manieth point."""
    _, status = os.waitpid(_forked(deed, using=using, fatal=fatal, report=None), 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, f"it did not die at point {fatal}"


def _forked(deed: Callable[[], object], *, using: str, fatal: int | None, report: int | None) -> int:
    connections.close_all()  # no process may talk on the connections of another
    if pid := os.fork():
        return pid
    code = 1
    try:
        fate = Fate(fatal)
        fate.watch(using)
        deed()
        if report is not None:
            os.write(report, json.dumps(fate.points).encode())
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
