"""Whether a caller may do what a rule is about. Whoever is not let in gets the reason as an error."""

import re
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from apps.kernel.clock import now
from apps.kernel.gateway.errors import (
    Denied,
    IdempotencyKeyMalformed,
    IdempotencyKeyRequired,
    KeysNotAccepted,
    LoginRequired,
    ReauthenticationRequired,
    ScopeMissing,
)
from apps.kernel.gateway.policy import Idempotency, Rule, Who
from apps.kernel.gateway.principal import Doorkeeper, Means, Principal

ASKED_WHO = frozenset({Who.USER, Who.STAFF})
"""The rules for which the gate itself asks who calls."""

IDEMPOTENCY_HEADER = "Idempotency-Key"
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")


def admit(rule: Rule, principal: Principal | None, *, request: HttpRequest, doorkeeper: Doorkeeper) -> None:
    """Let a caller pass. Raises LoginRequired, Denied, KeysNotAccepted, ScopeMissing or ReauthenticationRequired."""
    if rule.who not in ASKED_WHO:
        return
    if principal is None:
        raise LoginRequired()
    if principal.means is Means.API_KEY:
        _check_scope(rule, principal)
    if rule.who is Who.STAFF and not principal.is_staff:
        raise Denied()
    if rule.step_up:
        _check_freshness(request, principal, doorkeeper=doorkeeper)


def idempotency_key(request: HttpRequest, rule: Rule) -> str | None:
    """Return the Idempotency-Key of a request, or None where it needs none and has none, or none counts.

    Raises IdempotencyKeyRequired or IdempotencyKeyMalformed.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if rule.idempotency is Idempotency.IGNORED:
        return None
    if key is None and rule.idempotency is Idempotency.REQUIRED:
        raise IdempotencyKeyRequired()
    if key is not None and _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise IdempotencyKeyMalformed()
    return key


def _check_scope(rule: Rule, principal: Principal) -> None:
    if rule.scope is None:
        raise KeysNotAccepted()
    if not principal.may(rule.scope):
        raise ScopeMissing(scope=rule.scope.value)


def _check_freshness(request: HttpRequest, principal: Principal, *, doorkeeper: Doorkeeper) -> None:
    proved_at = doorkeeper.authenticated_at(request, principal)
    fresh_for = timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    if proved_at is None or now() - proved_at > fresh_for:
        raise ReauthenticationRequired(address=settings.TREUM_GATEWAY_STEP_UP_ADDRESS)
