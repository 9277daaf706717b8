"""From where a request comes: bound by the gateway for as long as the request lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

NEIGHBOURHOOD_BITS = 64
"""An IPv6 client usually has this whole network to itself, so that its addresses count as one."""

LONGEST_USER_AGENT = 256


@dataclass(frozen=True, slots=True)
class Origin:
    """A client's address, as seen behind the trusted proxies, and what it calls itself."""

    address: str = ""
    user_agent: str = ""

    @property
    def neighbourhood(self) -> str:
        """What counts as one client: an IPv4 address, or the network of an IPv6 address."""
        if ":" not in self.address:
            return self.address
        return str(ip_network((int(IPv6Address(self.address)), NEIGHBOURHOOD_BITS), strict=False))


_current: ContextVar[Origin | None] = ContextVar("treum_origin", default=None)


def current() -> Origin:
    """Return where the request at hand comes from; an empty one outside of requests."""
    return _current.get() or Origin()


@contextmanager
def bind(origin: Origin) -> Iterator[Origin]:
    """Make `origin` the current one inside the block."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)


def origin_of(request: HttpRequest, *, trusted_proxies: int) -> Origin:
    """Return where a request comes from, behind a fixed number of proxies that each add one X-Forwarded-For entry.

    Only what our own proxies added is believed: with n of them the client is the nth entry from the right. Whoever
    sends entries of their own only lengthens the list on the left.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    behind_all = trusted_proxies and len(forwarded) >= trusted_proxies
    address = _address(forwarded[-trusted_proxies]) if behind_all else ""
    user_agent = request.headers.get("User-Agent", "")[:LONGEST_USER_AGENT]
    return Origin(address=address or _address(peer), user_agent=user_agent)


def _address(text: str) -> str:
    """Return an address in its usual spelling, or nothing for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
