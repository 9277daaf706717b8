"""Which rule stands at an address, for whoever describes addresses rather than answers requests."""

import re
from contextlib import suppress
from uuid import UUID

from django.urls import Resolver404, resolve

from apps.kernel.gateway.policy import Rule, rule_of

_SAMPLES = ("7", str(UUID(int=7)), "2020-01-01")


def rule_at(path: str, method: str) -> Rule | None:
    """Return the rule of an operation, by an address that a path such as `/orders/{id}` could stand for."""
    for sample in _SAMPLES:
        with suppress(Resolver404):
            return rule_of(resolve(re.sub(r"{[^}]*}", sample, path)).view_name, method.upper())
    return None
