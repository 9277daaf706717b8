"""`manage.py openapi`: write docs/openapi.yaml, or check that it is up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from treum_project.env import ROOT
from treum_project.openapi import as_yaml


class Command(BaseCommand):
    help = "Write the document of the REST API from its views and rules; with --check, fail when it is out of date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path, text = ROOT / "docs" / "openapi.yaml", as_yaml()
        if check and (not path.is_file() or path.read_text() != text):
            raise CommandError("docs/openapi.yaml is out of date; run `make openapi`.")
        if not check:
            path.write_text(text)
            self.stdout.write("Wrote docs/openapi.yaml.")
