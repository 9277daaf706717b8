"""Asks a service, in its own language and over a bare socket, whether it is ready; needs no client library."""

import socket
import struct
from urllib.parse import unquote, urlsplit


def postgresql(url: str) -> bool:
    """Tell whether PostgreSQL asks for a login, which it does not before recovery has ended."""
    parts = urlsplit(url)
    name = unquote(parts.username or "postgres")
    body = struct.pack("!I", 196_608) + f"user\0{name}\0database\0postgres\0\0".encode()
    return _ask(parts.hostname, parts.port or 5432, struct.pack("!I", len(body) + 4) + body)[:1] == b"R"


def rabbitmq(url: str) -> bool:
    """Tell whether RabbitMQ opens an AMQP 0-9-1 connection."""
    parts = urlsplit(url)
    return _ask(parts.hostname, parts.port or 5672, b"AMQP\0\0\x09\x01")[:1] == b"\x01"


def management(url: str) -> bool:
    """Tell whether RabbitMQ's management interface answers HTTP."""
    parts = urlsplit(url)
    request = b"GET /api/overview HTTP/1.0\r\nHost: localhost\r\n\r\n"
    return _ask(parts.hostname, parts.port or 15_672, request)[:5] == b"HTTP/"


def redis(url: str) -> bool:
    """Tell whether Redis has loaded its data and accepts our password."""
    parts = urlsplit(url)
    words = f"AUTH {unquote(parts.username or 'default')} {unquote(parts.password)}\r\n" if parts.password else ""
    answer = _ask(parts.hostname, parts.port or 6379, f"{words}PING\r\n".encode(), until=b"PONG")
    return b"+PONG" in answer


READY = {
    "DATABASE_URL": postgresql,
    "RABBITMQ_URL": rabbitmq,
    "RABBITMQ_MANAGEMENT_URL": management,
    "REDIS_URL": redis,
}


def all_ready(urls: dict[str, str]) -> bool:
    """Tell whether every service of those URLs answers."""
    return all(READY[name](url) for name, url in urls.items() if name in READY)


def _ask(host: str | None, port: int, question: bytes, *, until: bytes = b"") -> bytes:
    """Send a question and return the first answer, or nothing when nobody is there."""
    try:
        with socket.create_connection((host or "127.0.0.1", port), timeout=2) as wire:
            wire.sendall(question)
            answer = wire.recv(1024)
            while until and until not in answer and b"-" not in answer[:1] and (more := wire.recv(1024)):
                answer += more
            return answer
    except OSError:
        return b""
