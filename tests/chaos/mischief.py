"""What may befall a process: SIGKILL of all of it, or of one child of a worker's pool, or a stop in good order."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.theatre import Story, Theatre

WORKERS = ("worker-signals", "worker-trading", "worker-notifications", "worker-core")
PROCESSES = ("relay", "intake", *WORKERS, "beat")


def kill(theatre: Theatre, name: str) -> bool:
    """Kill a process with its children; say whether it was up."""
    try:
        theatre.supervisor.kill(name)
    except (KeyError, ProcessLookupError):
        return False
    return True


def kill_child(theatre: Theatre, name: str, *, dice: random.Random) -> bool:
    """Kill one child of a worker's pool, at which the parent has to notice; say whether there was one."""
    parent = theatre.supervisor.pids().get(name)
    children = sorted(_children(parent)) if parent else []
    if not children:
        return False
    try:
        os.kill(dice.choice(children), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def redeploy(theatre: Theatre, name: str) -> bool:
    """Stop a process in good order and start it again."""
    theatre.supervisor.stop_process(name)
    theatre.supervisor.start_process(name)
    return True


def during(theatre: Theatre, story: Story, deeds: Iterator[Callable[[], bool]], *, every: float) -> int:
    """Do a deed every so many seconds while the replay runs; return how many had an effect."""
    done = 0
    for deed in deeds:
        while story.running and not _under_way(theatre):
            time.sleep(0.1)
        if not story.running:
            break
        done += deed()
        time.sleep(every)
    return done


def signals_so_far(theatre: Theatre) -> int:
    """Return how many signals have been published."""
    return int(theatre.rows("signals", "SELECT count(*) FROM signals_signal")[0][0])


def _under_way(theatre: Theatre) -> bool:
    return signals_so_far(theatre) > 0


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found
