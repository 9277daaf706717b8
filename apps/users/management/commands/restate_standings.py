"""`manage.py restate_standings [--after ID]`: state how everybody stands, for whoever does not know it."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from apps.users.services import restate_standings


class Command(BaseCommand):
    help = "State everybody's standing once more. Whoever knows it learns nothing new, so it does no harm at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=UUID, help="go on behind this person, the last of a page that was told")

    def handle(self, *args: Any, after: UUID | None, **options: Any) -> None:
        stated = 0
        for people, last in restate_standings(after=after):
            stated += people
            self.stdout.write(f"{stated} stated; to go on from here: --after {last}")
        self.stdout.write(f"All {stated} standings are stated.")
