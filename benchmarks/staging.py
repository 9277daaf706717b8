"""Measure on a stage: `staged` sets scratch databases and a virtual host, and plays a module of this package there."""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from treum_project.stage import Stage


class MeasureFailed(Exception):
    """A measure did not come to its end; what it said stands above."""


def staged(module: str, *, processes: Sequence[str] = ()) -> list[Figure]:
    """Set a stage, call `play()` of a module in a process that lives on it, and return the figures.

    `processes` of the Procfile run beside it.
    """
    with Stage(tell=lambda line: None, name="bench", processes=processes) as stage:
        if processes:
            stage.start()
        figures = stage.directory / "figures.json"
        done = stage.run("-m", "benchmarks.staging", module, str(figures))
        if done.returncode:
            raise MeasureFailed(f"{module} failed with status {done.returncode}; what it said stands above.")
        return list(json.loads(figures.read_text()))


def directory() -> Path:
    """Return a directory that goes with the stage, for a played module to keep files in."""
    return Path(sys.argv[-1]).parent


def main() -> None:
    """Play the module that the command line names and write its figures to a file."""
    module, figures = sys.argv[1:]
    Path(figures).write_text(json.dumps(importlib.import_module(module).play()))


if __name__ == "__main__":
    main()
