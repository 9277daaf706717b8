"""`manage.py topology apply|check`: declare the broker's exchanges and queues, or hold a living broker against them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.kernel.bus import topology
from treum_project.preparation import apply_policies, policy_problems
from workers.queues import TOPOLOGY


class Command(BaseCommand):
    help = "Declare the broker's topology, or check a living broker against it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["apply", "check"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "apply":
            self._apply()
        else:
            self._check()

    def _apply(self) -> None:
        topology.apply(TOPOLOGY, url=settings.RABBITMQ_URL)
        for line in apply_policies():
            self.stdout.write(line)
        self.stdout.write(f"{len(TOPOLOGY.queues)} queues and the delay chain stand.")

    def _check(self) -> None:
        problems = topology.check(TOPOLOGY, url=settings.RABBITMQ_URL) + policy_problems()
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} things differ; run `python manage.py topology apply`.")
        self.stdout.write("The broker is as declared.")
