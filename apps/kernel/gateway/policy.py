"""The vocabulary in which the project says who may do what, and how often: a table of rules, nothing else.

The project's table is named in TREUM_GATEWAY_POLICY. It maps the name of a route (as Django resolves it, with its
namespaces) to its methods and their rules; `<namespace>:*` stands for every route of a namespace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.kernel.gateway.scopes import Scope


class Who(StrEnum):
    """Who may pass."""

    PUBLIC = "public"
    """Everyone; credentials are not looked at."""
    GUARDED = "guarded"
    """Whoever the view itself lets in: it asks for credentials of its own. The gate limits and sizes only."""
    USER = "user"
    """A person, or a key of theirs where the rule names its scope."""
    STAFF = "staff"
    """A member of staff, in person."""
    NOBODY = "nobody"
    """No one: a library brings the route, and we do not offer it."""


class RateClass(StrEnum):
    """Which bucket of its own a request is paid from, beside its caller's and its address's."""

    READ = "read"
    WRITE = "write"
    ORDERS = "orders"
    AUTH = "auth"
    PUBLIC = "public"
    PAGES = "pages"
    WEBHOOKS = "webhooks"
    """Paid from a bucket of its own only: all of a provider's webhooks come from one address, and many at once."""
    HEALTH = "health"
    """Not limited: whoever runs the processes asks."""


class Idempotency(StrEnum):
    """What an Idempotency-Key is to a route."""

    IGNORED = "ignored"
    ACCEPTED = "accepted"
    REQUIRED = "required"


class RuleInvalid(Exception):
    """A rule contradicts itself; the sentence says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one method of one route asks of a request.

    `scope` is what a key needs; without one, keys are not accepted. `database` is where the effect happens: the answer
    to an idempotent request is kept there, and `atomic` runs the whole view in one transaction of it, which a 5xx
    rolls back and anything else commits. With `even_pace` answers leave in steps, so that their time tells nothing.
    `body_bytes` is how large a body may be where that is less than TREUM_MAX_BODY_BYTES.
    """

    who: Who
    rate: RateClass
    scope: Scope | None = None
    step_up: bool = False
    idempotency: Idempotency = Idempotency.IGNORED
    database: str | None = None
    atomic: bool = False
    even_pace: bool = False
    body_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.database is None and (self.atomic or self.idempotency is not Idempotency.IGNORED):
            raise RuleInvalid("A rule with `atomic` or `idempotency` names the database of its effect.")
        if self.atomic and self.idempotency is not Idempotency.IGNORED:
            raise RuleInvalid("An idempotent route has its transaction already; leave `atomic` out.")
        if self.who not in (Who.USER, Who.STAFF) and self.idempotency is not Idempotency.IGNORED:
            raise RuleInvalid("An idempotency key belongs to a caller; this route does not know its caller.")
        if self.who is not Who.USER and self.scope is not None:
            raise RuleInvalid("A key acts as a user, so that only a user's route can have a scope.")
        if self.step_up and self.scope is not None:
            raise RuleInvalid("A key never satisfies a step-up, so there is no scope for it.")


Policy = Mapping[str, Mapping[str, Rule]]


def rules_of(route: str) -> Mapping[str, Rule]:
    """Return the rules of a route by method; an empty mapping for a route that nobody let in."""
    table = the_policy()
    namespace, _, _ = route.rpartition(":")
    return table.get(route) or table.get(f"{namespace}:*") or {}


def rule_of(route: str, method: str) -> Rule | None:
    """Return the rule of a method of a route; HEAD goes by the rule of GET. None where there is none."""
    return rules_of(route).get("GET" if method == "HEAD" else method)


def the_policy() -> Policy:
    """Return the project's table."""
    return _loaded(settings.TREUM_GATEWAY_POLICY)


@cache
def _loaded(path: str) -> Policy:
    policy: Policy = import_string(path)
    return policy
