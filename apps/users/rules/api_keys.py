"""The form of a program's key, and where it may be used from. Only the digest of a key is ever stored.

A key is 256 random bits, so that a plain SHA-256 of it cannot be guessed backwards, and is found by an index.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv6Network, ip_address, ip_network

SECRET_BYTES = 32
NAME_BYTES = 4
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made: the text that its owner sees once, and what is kept of it."""

    text: str = field(repr=False)
    prefix: str
    digest: str


def new_key() -> NewKey:
    """Return a new key, `treum_<prefix>_<secret>`."""
    prefix = f"treum_{secrets.token_hex(NAME_BYTES)}"
    text = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text=text, prefix=prefix, digest=digest_of(text))


def digest_of(text: str) -> str:
    """Return what a key is known by."""
    return sha256(text.encode()).hexdigest()


def network(text: str) -> str | None:
    """Return an address or a CIDR network in its usual spelling, or None for what is neither.

    A network with bits set beyond its prefix is none, and IPv4 is written as IPv4: that is how callers are known.
    """
    try:
        found = ip_network(text)
    except ValueError:
        return None
    mapped = isinstance(found, IPv6Network) and found.network_address.ipv4_mapped is not None
    return None if mapped or "%" in text else str(found)


def lies_within(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of these networks; an unknown address lies in none."""
    return bool(address) and any(ip_address(address) in ip_network(one) for one in networks)
