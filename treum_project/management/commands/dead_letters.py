"""`manage.py dead_letters list|replay|archive`: look at what could not be delivered, and act on it."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Max

from apps.kernel.bus import dead_letters
from apps.kernel.bus.models import DeadLetter

LINE = "{n:6}  {queue}  {type}  {reason}  {error_class}  last {last:%Y-%m-%d %H:%M:%S}"


class Command(BaseCommand):
    help = "List dead letters by type and error, send them on their way again, or put them away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "replay", "archive"])
        parser.add_argument("ids", nargs="*", type=int, help="dead letters by number; without any, by the options")
        parser.add_argument("--type", help="all of this event type or task")
        parser.add_argument("--error", dest="error_class", help="all with this exception class")

    def handle(self, *args: Any, action: str, ids: list[int], **options: Any) -> None:
        letters = DeadLetter.objects.filter(status=DeadLetter.Status.NEW)
        if ids:
            letters = DeadLetter.objects.filter(id__in=ids)
        for name in ("type", "error_class"):
            if options[name]:
                letters = letters.filter(**{name: options[name]})
        if action == "list":
            self._list(letters)
            return
        act = dead_letters.replay if action == "replay" else dead_letters.archive
        count = act(list(letters.order_by("id").values_list("id", flat=True)), actor=f"operator:{getpass.getuser()}")
        self.stdout.write(f"{count} dead letters: {action} done.")

    def _list(self, letters: Any) -> None:
        groups = letters.values("queue", "type", "reason", "error_class")
        for group in groups.annotate(n=Count("id"), last=Max("last_died_at")).order_by("-n"):
            self.stdout.write(LINE.format(**group))
        if not groups:
            self.stdout.write("There are no dead letters to see to.")
