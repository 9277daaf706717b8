"""Calls to Stripe: with a deadline, behind a breaker, never repeated by themselves; their errors in our words."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import requests.exceptions
import stripe
import structlog
import urllib3.exceptions
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.kernel.resilience.breaker import Breaker, CircuitOpen
from apps.payments.errors import ProviderAmbiguous, ProviderObjectUnknown, ProviderRefused, ProviderUnavailable

log = structlog.get_logger(__name__)

API_VERSION = "2026-10-28.endive"
PAGE = 100
NOT_FOUND = 404

WEATHER = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)
OUR_FAULT = (stripe.AuthenticationError, stripe.PermissionError)


Found = TypeVar("Found")
Listed = TypeVar("Listed", bound=stripe.StripeObject)


class Calls:
    """The calls of one process to the account that settings name."""

    def __init__(self) -> None:
        # Without it the library would tell Stripe about this machine, and keep a file for that.
        stripe.enable_telemetry = False
        self._http = stripe.RequestsClient(
            timeout=(settings.TREUM_STRIPE_CONNECT_SECONDS, settings.TREUM_STRIPE_ANSWER_SECONDS)
        )
        self.v1 = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            stripe_version=API_VERSION,
            base_addresses={"api": settings.STRIPE_API_BASE},
            max_network_retries=0,
            http_client=self._http,
        ).v1
        self._breaker = Breaker("stripe", failures=WEATHER)
        self._account_is_ours = False

    def close(self) -> None:
        """Let go of the connections of this thread."""
        self._http.close()  # type: ignore[no-untyped-call]

    def read(self, call: Callable[[], Found], *, kind: str, object_id: str = "") -> Found:
        """Ask for something. Raises ProviderObjectUnknown or ProviderUnavailable."""
        try:
            return self._ask(call)
        except stripe.InvalidRequestError as refusal:
            if refusal.http_status == NOT_FOUND:
                raise ProviderObjectUnknown(kind=kind, object_id=object_id) from None
            raise ProviderRefused(reason=reason_of(refusal)) from None
        except WEATHER as weather:
            raise _unavailable(weather) from None

    def write(self, call: Callable[[], Found], *, what: str) -> Found:
        """Have something done. Raises ProviderRefused, ProviderUnavailable, or ProviderAmbiguous: perhaps it was."""
        try:
            return self._ask(call)
        except (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.CardError) as refusal:
            raise ProviderRefused(reason=reason_of(refusal)) from None
        except WEATHER as weather:
            if isinstance(weather, stripe.RateLimitError) or _never_left(weather):
                raise _unavailable(weather) from None
            log.warning("stripe.ambiguous", what=what, error=type(weather).__name__, status=weather.http_status)
            raise ProviderAmbiguous(what=what) from None

    def all(
        self, listing: Callable[..., stripe.ListObject[Listed]], filters: Mapping[str, Any], *, kind: str
    ) -> Iterator[Listed]:
        """Yield what a list holds, a page at a time."""
        page: dict[str, Any] = {"limit": PAGE, **filters}
        while True:
            listed = self.read(partial(listing, page), kind=kind)
            yield from listed.data
            if not (listed.has_more and listed.data):
                return
            page = {**page, "starting_after": listed.data[-1]["id"]}

    def _ask(self, call: Callable[[], Found]) -> Found:
        try:
            self._know_the_account()
            with self._breaker.call():
                return call()
        except CircuitOpen as spared:
            raise _unavailable(spared) from None
        except OUR_FAULT as fault:
            log.error("stripe.key_refused", error=type(fault).__name__, request_id=fault.request_id)
            raise ImproperlyConfigured(
                "Stripe refuses STRIPE_SECRET_KEY: set a key that is valid, with the permissions of docs/payments.md."
            ) from None

    def _know_the_account(self) -> None:
        """Ask once whose the key is, before anything is done with it."""
        if self._account_is_ours:
            return
        try:
            with self._breaker.call():
                account = self.v1.accounts.retrieve_current()
        except WEATHER as weather:
            raise _unavailable(weather) from None
        if account.id != settings.STRIPE_ACCOUNT:
            log.error("stripe.wrong_account", account=account.id)
            raise ImproperlyConfigured(
                f"STRIPE_SECRET_KEY is of another account than STRIPE_ACCOUNT: set STRIPE_ACCOUNT to {account.id}, "
                f"or STRIPE_SECRET_KEY to a key of {settings.STRIPE_ACCOUNT}."
            )
        self._account_is_ours = True


def reason_of(refusal: stripe.StripeError) -> str:
    """Return why Stripe refuses something, without the address that it may be about."""
    if getattr(refusal, "param", None) == "email":
        return "the e-mail address is not one"
    return (refusal.user_message or refusal.code or type(refusal).__name__).rstrip(".")


def _never_left(weather: stripe.StripeError) -> bool:
    """Tell whether a request certainly never reached Stripe: there was no connection to send it over."""
    cause = weather.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    reason = (
        getattr(cause.args[0], "reason", None) if isinstance(cause, requests.ConnectionError) and cause.args else None
    )
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)


def _unavailable(error: stripe.StripeError | CircuitOpen) -> ProviderUnavailable:
    unavailable = ProviderUnavailable()
    if isinstance(error, CircuitOpen):
        unavailable.retry_after = error.retry_after
    return unavailable
