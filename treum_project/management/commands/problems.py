"""`manage.py problems`: write docs/problems.md, or check that it is up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from treum_project.env import ROOT
from treum_project.problems import problems_document

DOCUMENT = ROOT / "docs" / "problems.md"


class Command(BaseCommand):
    help = "Write the list of problems from the classes of the errors; with --check, fail when it is out of date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        text = problems_document()
        if not check:
            DOCUMENT.write_text(text)
            self.stdout.write(f"Wrote {DOCUMENT.relative_to(ROOT)}.")
        elif not DOCUMENT.is_file() or DOCUMENT.read_text() != text:
            raise CommandError(f"{DOCUMENT.relative_to(ROOT)} is out of date; run `make problems`.")
