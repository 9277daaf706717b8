"""`manage.py prepare`: databases created and migrated, broker declared."""

from typing import Any

from django.core.management.base import BaseCommand

from treum_project.preparation import prepare


class Command(BaseCommand):
    help = "Create and migrate the databases and declare the broker's topology, where they are not up to this code."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(tell=self.stdout.write)
