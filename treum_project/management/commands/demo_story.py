"""`manage.py demo_story`: the demo on databases and broker that are its own; `manage.py demo` sets them up first."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from treum_project.demo.story import main


class Command(BaseCommand):
    help = "Play the demo on the databases and the broker of this environment, which must be empty."

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main())
