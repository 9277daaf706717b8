"""`manage.py reconcile [--since 2026-11-01 | --hours 48]`: compare our books with the provider's objects, now."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.kernel.clock import now
from apps.payments.errors import ReconciliationUnderWay
from apps.payments.models import Difference, Reconciliation
from apps.payments.services import reconcile

A_YEAR = 366 * 24


def moment(text: str) -> datetime:
    """Read a date or a moment of ISO 8601; without a zone it is UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def hours_back(text: str) -> int:
    """Read a number of hours, a year of them at most."""
    hours = int(text)
    if not 1 <= hours <= A_YEAR:
        raise ArgumentTypeError(f"give 1 to {A_YEAR} hours; further back reaches --since")
    return hours


class Command(BaseCommand):
    help = "Compare our payments, refunds and payouts with the provider's, repair what lost webhooks broke, and report."

    def add_arguments(self, parser: CommandParser) -> None:
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--since", type=moment, help="a date or a moment of ISO 8601, UTC without a zone")
        begin.add_argument("--hours", type=hours_back, default=48, help="so many hours back; 48 without anything")

    def handle(self, *args: Any, since: datetime | None, hours: int, **options: Any) -> None:
        try:
            done = reconcile(since or now() - timedelta(hours=hours))
        except ReconciliationUnderWay as error:
            raise CommandError(str(error)) from error
        left = self._tell(done)
        if left:
            raise CommandError(f"{left} differences are left; docs/runbooks/payments.md says what to do.")

    def _tell(self, done: Reconciliation) -> int:
        """Write down what was found, and return how much of it is left."""
        found = list(done.differences.order_by("id"))
        for difference in found:
            self.stdout.write(_line(difference))
        left = sum(not difference.repaired for difference in found)
        self.stdout.write(f"{done.compared} compared, {len(found)} differences, {len(found) - left} repaired.")
        return left


def _line(difference: Difference) -> str:
    state = "repaired" if difference.repaired else "LEFT"
    there = f"{difference.object_kind} {difference.object_id}"
    return f"{state}: {difference.kind} of {there}: ours {difference.ours or '–'}, theirs {difference.theirs or '–'}"
