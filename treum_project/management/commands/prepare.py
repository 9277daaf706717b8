"""`manage.py prepare`: databases created and migrated, the first plans on sale, broker declared."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.payments.services.catalogue import seed_catalogue
from treum_project.preparation import prepare


class Command(BaseCommand):
    help = "Create, migrate and seed the databases and declare the broker's topology, where not up to this code."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(tell=self.stdout.write)
        if seed_catalogue():
            self.stdout.write("The first plans are on sale.")
