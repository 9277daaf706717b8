"""Make databases and broker ready for this code: created, migrated, declared. Fast when nothing has changed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from kombu import Connection, Exchange
from psycopg2 import sql

from apps.kernel.bus import topology
from apps.kernel.bus.management_api import ManagementApi
from treum_project.env import ROOT
from workers.queues import TOPOLOGY

EXTENSIONS = ("uuid-ossp",)
_MARKER = "treum.topology."

Tell = Callable[[str], None]


def prepare(*, tell: Tell) -> None:
    """Bring databases and broker up to this code, telling each step. Harmless when repeated."""
    prepare_databases(tell=tell)
    prepare_broker(tell=tell)


def prepare_databases(*, tell: Tell) -> None:
    """Create the databases that are missing and migrate those that were migrated by other code."""
    fingerprint = schema_fingerprint()
    for alias in settings.DATABASES:
        if database_mark(settings.DATABASES[alias]) == fingerprint:
            continue
        name = settings.DATABASES[alias]["NAME"]
        tell(f"Migrating database {name} …")
        create_database(settings.DATABASES[alias])
        call_command("migrate", database=alias, verbosity=0, interactive=False)
        mark_database(alias, fingerprint)


def prepare_broker(*, tell: Tell) -> None:
    """Declare exchanges, queues and delays, and put the policies in force where the management API is reachable."""
    mark = _MARKER + topology_fingerprint()
    if _marked(mark):
        return
    tell("Declaring exchanges and queues …")
    topology.apply(TOPOLOGY, url=settings.RABBITMQ_URL)
    for line in apply_policies():
        tell(line)
    with Connection(settings.RABBITMQ_URL) as connection:
        Exchange(mark, type="fanout", durable=True)(connection.default_channel).declare()


def apply_policies() -> list[str]:
    """Put the policies in force; without a management API, return the commands that an operator must run."""
    host = virtual_host(settings.RABBITMQ_URL)
    if not settings.RABBITMQ_MANAGEMENT_URL:
        return [
            f"Set RABBITMQ_MANAGEMENT_URL, or run: rabbitmqctl set_policy -p {host} --apply-to queues "
            f"{policy.name} '{policy.pattern}' '{json.dumps(policy.definition)}'"
            for policy in TOPOLOGY.policies
        ]
    api = ManagementApi(settings.RABBITMQ_MANAGEMENT_URL)
    for policy in TOPOLOGY.policies:
        api.set_policy(policy, virtual_host=host)
    return []


def policy_problems() -> list[str]:
    """Return a sentence for each policy that is not in force as declared; none without a management API."""
    if not settings.RABBITMQ_MANAGEMENT_URL:
        return []
    api = ManagementApi(settings.RABBITMQ_MANAGEMENT_URL)
    live = api.policies(virtual_host=virtual_host(settings.RABBITMQ_URL))
    return [
        f"Policy {policy.name} is {live.get(policy.name)} and should be {policy.definition}; apply the topology."
        for policy in TOPOLOGY.policies
        if live.get(policy.name) != policy.definition
    ]


def virtual_host(url: str) -> str:
    """Return the virtual host in an AMQP URL."""
    with Connection(url) as connection:
        return str(connection.virtual_host)


def schema_fingerprint() -> str:
    """Return a digest of all migrations of this product, with the SQL that stands beside them."""
    files = [path for kind in ("py", "sql") for path in ROOT.glob(f"apps/**/migrations/*.{kind}")]
    return _digest(path.read_bytes() for path in sorted(files))


def topology_fingerprint() -> str:
    """Return a digest of what is declared on the broker."""
    queues = [(queue.name, repr(queue.bindings), repr(queue.queue_arguments)) for queue in TOPOLOGY.queues]
    return _digest([repr((queues, TOPOLOGY.policies)).encode(), Path(topology.__file__).read_bytes()])


def create_database(database: dict[str, Any], *, template: str | None = None) -> None:
    """Create a database, and its extensions, unless it is there. `template` is a database to copy."""
    with server(database) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database["NAME"],))
        if cursor.fetchone() is None:
            copy = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database["NAME"])) + copy)
    if template is None:
        with server(database, name=database["NAME"]) as cursor:
            for extension in EXTENSIONS:
                cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def database_mark(database: dict[str, Any]) -> str | None:
    """Return the fingerprint that a database was migrated with, or None when it is missing or was never marked."""
    with server(database) as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (database["NAME"],)
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


def mark_database(alias: str, fingerprint: str) -> None:
    """Remember in a database which migrations it has seen."""
    name = sql.Identifier(settings.DATABASES[alias]["NAME"])
    with server(settings.DATABASES[alias]) as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(name), (fingerprint,))
    connections[alias].close()


@contextmanager
def server(database: dict[str, Any], *, name: str = "postgres") -> Iterator[Any]:
    """Give a cursor on a database server, in autocommit, for statements that no transaction may hold."""
    connection = psycopg2.connect(
        dbname=name,
        user=database.get("USER") or None,
        password=database.get("PASSWORD") or None,
        host=database.get("HOST") or None,
        port=database.get("PORT") or None,
        connect_timeout=5,
    )
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def _marked(mark: str) -> bool:
    with Connection(settings.RABBITMQ_URL, connect_timeout=5) as connection:
        try:
            cast(Any, connection.default_channel).exchange_declare(mark, "fanout", passive=True)
        except connection.channel_errors:
            return False
    return True


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]
