"""Record where the chain of each database ends in another database, so that a cut or rewritten tail shows.

The databases stand in a ring, each witnessed by the next: whoever rewrites a log must also rewrite another context's.
"""

import structlog
from django.conf import settings
from django.db import OperationalError, connections

log = structlog.get_logger(__name__)

_HEAD = "SELECT sequence, hash FROM audit_head WHERE sequence > 0"
_WITNESS = """
INSERT INTO audit_witness (database, sequence, hash) VALUES (%s, %s, %s) ON CONFLICT (database, sequence) DO NOTHING
"""


def databases() -> list[str]:
    """Return the databases that have a log, in the order of the ring."""
    return list(settings.TREUM_DATABASE_OF.values())


def witness_of(database: str) -> str:
    """Return the database that knows where this one's chain ended."""
    ring = databases()
    return ring[(ring.index(database) + 1) % len(ring)]


def witness_all() -> None:
    """Record the head of every database. One that is away is left for the next minute, and does not stop the others."""
    for database in databases():
        try:
            witness(database)
        except OperationalError as error:
            log.warning("audit.not_witnessed", database=database, error=type(error).__name__)


def witness(database: str) -> None:
    """Record the head of a database with its witness. What was witnessed before stays as it is."""
    with connections[database].cursor() as cursor:
        cursor.execute(_HEAD)
        head = cursor.fetchone()
    if head is None:
        return
    with connections[witness_of(database)].cursor() as cursor:
        cursor.execute(_WITNESS, [database, *head])
