"""Do what a request asks for once, however often it comes: effect and answer are committed together.

The lock of a key lasts as long as the transaction, so that no crash leaves it behind.
"""

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from apps.kernel.gateway.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from apps.kernel.idempotency.models import KeptAnswer

REPLAYED_HEADER = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Type", "Location")
LOCK_BYTES = 8
BODY_BYTES_AS_TEXT = "latin-1"
"""Maps every byte to a character and back, so that any body can be sealed as text."""


class AnswerNotKeepable(Exception):
    """A stream cannot be kept; the rule of its route must not accept an Idempotency-Key."""


class EffectLost(Exception):
    """A view answered that all is well, but its transaction can only be rolled back."""


def answer_once(
    request: HttpRequest,
    *,
    key: str,
    principal: str,
    route: str,
    database: str,
    call: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    """Return what `call` answers, or what it answered to the same request before.

    `call` runs in a transaction of `database`, which is committed with the answer; its services open theirs inside. A
    5xx or 429, and an exception, undoes all of it and keeps nothing. Raises IdempotencyKeyInFlight while the first
    request is worked on, and IdempotencyKeyReused when the key came with another request.
    """
    fingerprint = _fingerprint(request)
    with transaction.atomic(using=database):
        _lock(principal, route, key, using=database)
        kept = KeptAnswer.objects.using(database).filter(principal=principal, route=route, key=key).first()
        if kept is not None:
            return _again(kept, fingerprint)
        response = _rendered(call(), route=route)
        if _may_be_kept(response, route=route, using=database):
            _keep(response, KeptAnswer(principal=principal, route=route, key=key, request_hash=fingerprint), database)
        else:
            transaction.set_rollback(True, using=database)
    return response


def _fingerprint(request: HttpRequest) -> str:
    """Return what tells one request to a route from another: the full address, the type and the body."""
    parts = [request.get_full_path().encode(), request.headers.get("Content-Type", "").encode(), request.body]
    return hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()


def _lock(principal: str, route: str, key: str, *, using: str) -> None:
    """Hold the key until the transaction ends. Raises IdempotencyKeyInFlight when another transaction holds it."""
    digest = hashlib.blake2b("\0".join((principal, route, key)).encode(), digest_size=LOCK_BYTES).digest()
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest, signed=True)])
        (locked,) = cursor.fetchone()
    if not locked:
        raise IdempotencyKeyInFlight()


def _again(kept: KeptAnswer, fingerprint: str) -> HttpResponse:
    if kept.request_hash != fingerprint:
        raise IdempotencyKeyReused()
    headers = {**kept.headers, REPLAYED_HEADER: "true"}
    return HttpResponse(kept.body.encode(BODY_BYTES_AS_TEXT), status=kept.status, headers=headers)


def _rendered(response: HttpResponseBase, *, route: str) -> HttpResponse:
    """Return the answer with its body made. Raises AnswerNotKeepable for a stream."""
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    if not isinstance(response, HttpResponse):
        raise AnswerNotKeepable(route)
    return response


def _may_be_kept(response: HttpResponse, *, route: str, using: str) -> bool:
    """Tell whether an answer is final. Raises EffectLost for one that tells of an effect that cannot be committed."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    lost = transaction.get_rollback(using=using)
    if lost and status < HTTPStatus.BAD_REQUEST:
        raise EffectLost(route, status)
    return not lost


def _keep(response: HttpResponse, answer: KeptAnswer, database: str) -> None:
    answer.status = response.status_code
    answer.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer.body = response.content.decode(BODY_BYTES_AS_TEXT)
    answer.save(using=database, force_insert=True)
