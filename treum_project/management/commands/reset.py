"""`manage.py reset`: drop the databases and empty the queues of a developer's machine, to begin anew."""

from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from kombu import Connection
from psycopg2 import sql

from treum_project.preparation import server
from workers.queues import TOPOLOGY


class Command(BaseCommand):
    help = "Drop all databases and empty all queues. Only where demo logins are allowed."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TREUM_DEMO_ALLOWED:
            raise CommandError("These settings are not a developer's machine's; nothing was dropped.")
        for database in settings.DATABASES.values():
            with server(database) as cursor:
                cursor.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database["NAME"]))
                )
        self._empty_queues()
        self.stdout.write("Databases dropped and queues emptied; `make run` begins anew.")

    def _empty_queues(self) -> None:
        with Connection(settings.RABBITMQ_URL) as connection:
            for queue in TOPOLOGY.queues:
                with connection.channel() as channel:
                    try:
                        cast(Any, channel).queue_purge(queue.name)
                    except connection.channel_errors:
                        continue  # not declared yet: nothing to empty
