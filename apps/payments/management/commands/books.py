"""`manage.py books [--at 2026-02-01]`: the trial balance at a moment, and whether the books are sound."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.payments.management.commands.reconcile import moment
from apps.payments.rules.amounts import written
from apps.payments.selectors.auditing import faults
from apps.payments.selectors.books import trial_balance
from apps.payments.services import billing_now


class Command(BaseCommand):
    help = "Show how the accounts stood right before a moment, and check the books against everything that we know."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, help="a date or a moment of ISO 8601; now without it")

    def handle(self, *args: Any, at: datetime | None, **options: Any) -> None:
        for line in trial_balance(at=at or billing_now()):
            amount = written(line.amount, currency=line.currency)
            self.stdout.write(f"{line.currency}  {line.kind:<18} {line.owner:<12} {amount:>16}")
        found = faults()
        for fault in found:
            self.stderr.write(fault.sentence)
        if found:
            raise CommandError(
                f"The books are not sound: {len(found)} faults. docs/runbooks/payments.md says what to do."
            )
        self.stdout.write("The books are sound.")
