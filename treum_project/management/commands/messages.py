"""`manage.py messages`: write docs/events.md and docs/asyncapi.yaml, or check that they are up to date."""

from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from treum_project.env import ROOT
from treum_project.messages import asyncapi_document, events_document


class Command(BaseCommand):
    help = "Write the documents of the events from their classes; with --check, fail when they are out of date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        documents = {
            ROOT / "docs" / "events.md": events_document(),
            ROOT / "docs" / "asyncapi.yaml": yaml.safe_dump(asyncapi_document(), sort_keys=False, width=120),
        }
        for path, text in documents.items():
            if check and (not path.is_file() or path.read_text() != text):
                raise CommandError(f"{path.relative_to(ROOT)} is out of date; run `make messages`.")
            if not check:
                path.write_text(text)
                self.stdout.write(f"Wrote {path.relative_to(ROOT)}.")
