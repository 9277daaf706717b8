"""What the gate refused, in the audit log: enough to see an attack, and never so much that one fills the table."""

from collections.abc import Mapping

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.http import HttpRequest

from apps.kernel.api.errors import WEATHER
from apps.kernel.audit import record_entry
from apps.kernel.errors import Forbidden, TreumError
from apps.kernel.gateway import origin
from apps.kernel.gateway.errors import BadCredentials
from apps.kernel.gateway.passage import passage_of
from apps.kernel.resilience.buckets import Bucket, Rate, take
from apps.kernel.resilience.limiter import hashed

log = structlog.get_logger(__name__)

NOTED = (BadCredentials, Forbidden)
"""Whoever sends no credentials at all has not been denied anything."""


def note(error: TreumError, *, request: HttpRequest, route: str) -> None:
    """Record that a caller was denied, as long as neither they nor all together are denied too often."""
    if not isinstance(error, NOTED):
        return
    log.warning("gateway.denied", route=route, problem=error.code)
    if not take(_buckets()).passed:
        return
    try:
        _record(error, request=request, route=route)
    except WEATHER as weather:
        # The refusal stands, and is in the logs.
        log.warning("gateway.denial_not_recorded", error=type(weather).__name__)


def _buckets() -> list[Bucket]:
    rates: Mapping[str, Rate] = settings.TREUM_GATEWAY_RATES
    address = hashed(origin.current().neighbourhood)
    return [Bucket(f"denials:{address}", rates["denials"]), Bucket("denials", rates["all_denials"])]


def _record(error: TreumError, *, request: HttpRequest, route: str) -> None:
    caller = passage_of(request).principal
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        record_entry(
            action="gateway.denied",
            using=DEFAULT_DB_ALIAS,
            object=f"{request.method} {route}",
            subject=None if caller is None else caller.user_id,
            after={"problem": error.code, **({} if caller is None else {"credential": str(caller.credential_id)})},
        )
