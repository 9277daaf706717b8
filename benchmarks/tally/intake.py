"""The product's intake for the tally alone: `python -m benchmarks.tally.intake`."""

from benchmarks.tally.apps import DATABASE
from benchmarks.tally.handlers import SUBSCRIPTIONS
from workers.intake import Intake, consumer, dispatcher, run

if __name__ == "__main__":
    run([Intake(context="tally", using=DATABASE, subscriptions=SUBSCRIPTIONS, connect=consumer, dispatch=dispatcher())])
