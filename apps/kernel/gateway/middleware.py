"""The gate: every request to every address passes here, and the project's table of rules decides about it.

The order is: find the rule, look at the credentials, take a token for the try, and only then refuse or let in. So a
bad credential costs its sender as much as a good one.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

from apps.kernel.api.errors import CHALLENGE, WEATHER, ServiceUnreachable, refusal
from apps.kernel.errors import MethodNotAllowed, NotFound, TreumError
from apps.kernel.gateway import denials, limits, origin, passage
from apps.kernel.gateway.admission import ASKED_WHO, admit, idempotency_key
from apps.kernel.gateway.bodies import check_body
from apps.kernel.gateway.errors import BadCredentials, BodyTooLarge, Denied, TooManyRequests
from apps.kernel.gateway.pace import wait_for_step
from apps.kernel.gateway.passage import Passage, passage_of
from apps.kernel.gateway.policy import RateClass, Rule, Who, rules_of
from apps.kernel.gateway.principal import Doorkeeper, Principal
from apps.kernel.gateway.sizes import is_too_large
from apps.kernel.idempotency.answers import EffectLost, answer_once
from apps.kernel.observability import trace as tracing

log = structlog.get_logger(__name__)

SERVER_ERROR = 500


class TransactionOverAsync(Exception):
    """A route with a transaction around its view can be served by the web process only."""


class GateMiddleware:
    """Applies the rules, under WSGI and under ASGI."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._doorkeeper: Doorkeeper = import_string(settings.TREUM_GATEWAY_DOORKEEPER)()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a request."""
        if self._is_async:
            return self._answer_async(request)
        with origin.bind(_origin_of(request)):
            with passage.begin(request).transaction:
                response: HttpResponseBase = self._get_response(request)
                _prepare_end(passage_of(request), response)
            return _sent_off(request, response)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        with origin.bind(_origin_of(request)):
            passage.begin(request)
            response: HttpResponseBase = await self._get_response(request)
            return await sync_to_async(_sent_off)(request, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse a request, or let it go on to its view."""
        route = "" if request.resolver_match is None else request.resolver_match.view_name
        rules = rules_of(route)
        try:
            rule = self._let_in(request, rules, route=route)
            if rule.atomic:
                self._begin_transaction(passage_of(request), using=str(rule.database))
            return _answered_once(request, rule, route=route, call=lambda: view(request, *args, **kwargs))
        except TreumError as error:
            denials.note(error, request=request, route=route)
            return _refused(request, error, rules=rules)
        except WEATHER as error:
            return _unreachable(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer weather in a view that has no words of its own for it, such as allauth's. A bug stays a bug."""
        return _unreachable(request, exception) if isinstance(exception, WEATHER) else None

    def _let_in(self, request: HttpRequest, rules: Mapping[str, Rule], *, route: str) -> Rule:
        """Return the rule that lets a request in. Raises the error that says why none does."""
        rule = rules.get("GET" if request.method == "HEAD" else str(request.method))
        caller, bad_credentials = self._caller(request, rule)
        _charge(request, rule, caller)
        if bad_credentials is not None:
            raise bad_credentials
        rule = _existing(rule, rules, route=route)
        admit(rule, caller, request=request, doorkeeper=self._doorkeeper)
        limit = rule.body_bytes or settings.TREUM_MAX_BODY_BYTES
        if is_too_large(request, limit=limit):
            raise BodyTooLarge(limit=limit)
        check_body(request)
        found = passage_of(request)
        found.admitted, found.even_pace, found.is_private = True, rule.even_pace, rule.who is not Who.PUBLIC
        return rule

    def _caller(self, request: HttpRequest, rule: Rule | None) -> tuple[Principal | None, BadCredentials | None]:
        """Return who calls, or what is wrong with the credentials, where the rule wants to know."""
        if rule is None or rule.who not in ASKED_WHO:
            return None, None
        try:
            caller = self._doorkeeper.principal_of(request)
        except BadCredentials as error:
            return None, error
        if caller is not None:
            passage_of(request).principal = caller
            tracing.act_as(f"user:{caller.user_id}")
        return caller, None

    def _begin_transaction(self, found: Passage, *, using: str) -> None:
        if self._is_async:
            raise TransactionOverAsync()
        found.database = using
        found.transaction.enter_context(transaction.atomic(using=using))


def _origin_of(request: HttpRequest) -> origin.Origin:
    return origin.origin_of(request, trusted_proxies=settings.TREUM_TRUSTED_PROXIES)


def _charge(request: HttpRequest, rule: Rule | None, caller: Principal | None) -> None:
    found = passage_of(request)
    found.charged = True
    found.verdict = limits.charge(RateClass.PUBLIC if rule is None else rule.rate, caller)
    if found.verdict is not None and not found.verdict.passed:
        error = TooManyRequests()
        error.retry_after = found.verdict.wait_seconds
        raise error


def _existing(rule: Rule | None, rules: Mapping[str, Rule], *, route: str) -> Rule:
    if rule is None and rules:
        raise MethodNotAllowed()
    if rule is None:
        log.error("gateway.no_rule", route=route)
        raise Denied()
    if rule.who is Who.NOBODY:
        raise NotFound()
    return rule


def _answered_once(
    request: HttpRequest, rule: Rule, *, route: str, call: Callable[[], HttpResponseBase]
) -> HttpResponseBase | None:
    """Return the one answer to a request with an Idempotency-Key; None for one that needs none and has none."""
    key = idempotency_key(request, rule)
    caller = passage_of(request).principal
    if key is None or caller is None or rule.database is None:
        return None
    return answer_once(
        request, key=key, principal=f"user:{caller.user_id}", route=route, database=rule.database, call=call
    )


def _unreachable(request: HttpRequest, error: Exception) -> HttpResponseBase:
    log.warning("gateway.unreachable", error=type(error).__name__)
    return refusal(ServiceUnreachable(), request=request)


def _refused(request: HttpRequest, error: TreumError, *, rules: Mapping[str, Rule]) -> HttpResponseBase:
    headers = {"Allow": ", ".join(sorted(rules))} if isinstance(error, MethodNotAllowed) else {}
    if isinstance(error, BadCredentials):
        headers["WWW-Authenticate"] = CHALLENGE + ', error="invalid_token"'
    return refusal(error, request=request, headers=headers)


def _prepare_end(found: Passage, response: HttpResponseBase) -> None:
    """Have the transaction around a view undone when the view failed; make sure that it can be kept when not."""
    if found.database is None:
        return
    if response.status_code >= SERVER_ERROR:
        transaction.set_rollback(True, using=found.database)
    elif transaction.get_rollback(using=found.database):
        raise EffectLost()


def _sent_off(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the answer with the gate's headers. An address that does not exist costs its caller a token too."""
    found = passage_of(request)
    if not found.charged:
        try:
            _charge(request, None, None)
        except TooManyRequests as error:
            response = refusal(error, request=request)
    for name, value in _headers_of(found).items():
        response.setdefault(name, value)
    if found.even_pace:
        wait_for_step(found.began, step=settings.TREUM_PACE_STEP_SECONDS)
    return response


def _headers_of(found: Passage) -> dict[str, str]:
    return {
        "Permissions-Policy": settings.TREUM_PERMISSIONS_POLICY,
        **({"Cache-Control": "no-store"} if found.is_private else {}),
        **({} if found.verdict is None else limits.headers_of(found.verdict)),
    }
