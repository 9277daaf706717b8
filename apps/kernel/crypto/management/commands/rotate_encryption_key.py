"""`manage.py rotate_encryption_key`: seal every secret at rest with the first key of ENCRYPTION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.kernel.crypto.rotation import rotate


class Command(BaseCommand):
    help = "Seal all secrets at rest with the first key of ENCRYPTION_KEY; afterwards the others can be dropped."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for place, tally in rotate():
            line = f"{place}: {tally.renewed_count} sealed anew, {tally.current_count} were already"
            if tally.unreadable_count:
                line += f", {tally.unreadable_count} cannot be opened by any key"
            self.stdout.write(line + ".")
            unreadable += tally.unreadable_count
        if unreadable:
            raise CommandError(
                f"{unreadable} secrets cannot be opened; find the key that sealed them before you go on."
            )
        self.stdout.write("Everything is sealed with the first key.")
