"""`manage.py audit verify [--database ALIAS]`: check that nobody has changed, removed or cut off entries."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.kernel.audit.verifying import verify
from apps.kernel.audit.witnesses import databases


class Command(BaseCommand):
    help = "Check the audit logs: every entry, the chain, its head, and what other databases have witnessed of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("--database", choices=databases(), help="this one only; all of them without it")

    def handle(self, *args: Any, database: str | None, **options: Any) -> None:
        broken = 0
        for alias in [database] if database else databases():
            finding = verify(alias)
            if finding.fault is None:
                self.stdout.write(f"{alias}: {finding.entries} entries, all of them sound.")
            else:
                broken += 1
                self.stderr.write(f"{alias}: {finding.fault} The {finding.entries} entries before it are sound.")
        if broken:
            raise CommandError(f"{broken} audit logs are broken; docs/runbooks/audit.md says what to do.")
