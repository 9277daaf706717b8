"""The product's intake for the tally alone: `python -m benchmarks.tally.intake`."""

import signal

from benchmarks.tally.apps import DATABASE
from benchmarks.tally.handlers import SUBSCRIPTIONS
from workers.intake import Intake, consumer, dispatcher


def main() -> None:
    """Take messages in until SIGTERM."""
    intake = Intake(
        context="tally", using=DATABASE, subscriptions=SUBSCRIPTIONS, connect=consumer, dispatch=dispatcher()
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: intake.stop())
    intake.run()


if __name__ == "__main__":
    main()
