"""Secrets that are none: too short, or used twice. Production refuses to boot with them."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 32


def refuse_weak(secrets: Mapping[str, Sequence[str]]) -> None:
    """Look at the secrets of each variable. Raises ImproperlyConfigured with the variable's name, never the secret."""
    owner_of: dict[str, str] = {}
    for name, values in secrets.items():
        for value in values:
            if len(value) < SHORTEST_SECRET:
                raise ImproperlyConfigured(f"{name} is too short: a secret has {SHORTEST_SECRET} characters at least.")
            if value in owner_of:
                raise ImproperlyConfigured(f"{name} repeats a secret of {owner_of[value]}: each has its own purpose.")
            owner_of[value] = name
