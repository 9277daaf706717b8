"""Show the clock of billing, or move it ahead a day at a time, with all that each day brings."""

import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.kernel.errors import Refused
from apps.kernel.text import zulu
from apps.payments.selectors.payments import with_the_provider
from apps.payments.services import advance_clock, billing_now, retry_due, run_due

STEP = timedelta(days=1)
FARTHEST_DAYS = 3660
PATIENCE_SECONDS = 20
LOOK_SECONDS = 0.1


class Command(BaseCommand):
    """Move the billing clock of the sandbox; it never goes back."""

    help = "Show the billing clock, or move it ahead (--days, --hours) a day at a time. With the sandbox only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how far."""
        parser.add_argument("--days", type=int, default=0)
        parser.add_argument("--hours", type=int, default=0)

    def handle(self, *args: Any, days: int, hours: int, **options: Any) -> None:
        """Move day by day, so that it never looks as if we had been away."""
        if abs(days) > FARTHEST_DAYS or abs(hours) > FARTHEST_DAYS * 24:
            raise CommandError(f"The billing clock goes at most {FARTHEST_DAYS} days at once.")
        way = timedelta(days=days, hours=hours)
        if way < timedelta(0):
            raise CommandError("The billing clock never goes back.")
        try:
            answered = True
            while way:
                step = min(way, STEP)
                at = advance_clock(step)
                done = run_due(at) + retry_due(at)
                answered = answered and self._wait_for_workers()
                self.stdout.write(f"{zulu(at)}: {done} due")
                way -= step
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if not answered:
            self.stderr.write("No worker has taken payments to the provider; start them, or look at the dead letters.")
        self.stdout.write(zulu(billing_now()))

    def _wait_for_workers(self) -> bool:
        """Let what the day began come to its end at the provider, as a real day would. Return whether it did."""
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while with_the_provider() and time.monotonic() < gives_up_at:
            time.sleep(LOOK_SECONDS)
        return not with_the_provider()
