"""Run the benchmarks: `python -m benchmarks [name …] [--report out.json]`; REPORT in the environment does as well."""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

MODULES = (
    "fanout",
    "notify",
    "relay",
    "intake",
    "signals_vs_talib",
    "api_signals_vs_bare",
    "webhook_door",
    "recognition",
)
SETTINGS = "benchmarks.settings"


def main() -> int:
    """Measure, print a table and store the report; fail when a figure misses its goal."""
    names, report = _arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    importlib.import_module("workers")  # Sets Django up, with the settings above.
    show = importlib.import_module("benchmarks.show")
    show.configuration()
    figures = []
    for name in names:
        begun = time.perf_counter()
        print(f"\n{name} …", flush=True)
        figures += importlib.import_module(f"benchmarks.{name}").measure()
        print(f"  {time.perf_counter() - begun:.0f} s", flush=True)
    show.table(figures)
    if report:
        Path(report).write_text(json.dumps(figures, indent=2) + "\n")
        print(f"Report: {report}")
    return 0


def _arguments() -> tuple[list[str], str]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which of {', '.join(MODULES)}; all without any")
    parser.add_argument("--report", default=os.environ.get("REPORT", ""), help="where the figures go, as JSON")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names) - set(MODULES))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; choose from {', '.join(MODULES)}")
    return chosen.names or list(MODULES), chosen.report


if __name__ == "__main__":
    sys.exit(main())
