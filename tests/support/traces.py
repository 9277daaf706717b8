"""Look for what somebody is known by, in every row of every database and in everything that Redis holds."""

from collections.abc import Iterator, Sequence
from typing import Any

import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections

_TABLES = """
SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)
FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1
"""


def traces_of(*names: str) -> list[str]:
    """Return where any of these names stands: tables as `database: table`, sessions, and keys of Redis."""
    return [*_in_databases(names), *_in_sessions(names), *_in_redis(names)]


def _in_databases(names: Sequence[str]) -> Iterator[str]:
    """Rows are looked through as text, all columns of all types; bytes are text in hexadecimal."""
    patterns = [f"%{needle}%" for name in names for needle in (name, name.encode().hex())]
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(_TABLES)
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT count(*) FROM {table} AS line WHERE line::text ILIKE ANY(%s)", [patterns])
                if cursor.fetchone() != (0,):
                    yield f"{alias}: {table.rpartition('.')[2]}"


def _in_sessions(names: Sequence[str]) -> Iterator[str]:
    """What sessions hold is packed, so that no search for text finds it."""
    for session in Session.objects.all():
        if any(name in str(session.get_decoded()) for name in names):
            yield f"session {session.session_key}"


def _in_redis(names: Sequence[str]) -> Iterator[str]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(count=1000):
        text = repr((key, _value(client, key)))
        if any(name in text for name in names):
            yield f"redis: {key.decode(errors='replace')}"


def _value(client: Any, key: bytes) -> object:
    kind = client.type(key)
    if kind == b"string":
        return client.get(key)
    if kind == b"stream":
        return client.xrange(key)
    if kind == b"hash":
        return client.hgetall(key)
    if kind == b"set":
        return client.smembers(key)
    return client.zrange(key, 0, -1) if kind == b"zset" else client.lrange(key, 0, -1)
