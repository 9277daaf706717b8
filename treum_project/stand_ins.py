"""Pages that stand in for a frontend where none is configured, so that no link of ours leads nowhere."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from apps.payments.selectors.outcomes import Outcome, outcome_of_payment, outcome_of_trial

AUTH = "/api/v1/auth/app/v1"
KEY_PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "verify-email": ("Confirm your address", f"{AUTH}/auth/email/verify", ("key",)),
    "reset-password": ("Choose a new password", f"{AUTH}/auth/password/reset", ("key", "password")),
    "forgot-password": ("Forgot your password?", f"{AUTH}/auth/password/request", ("email",)),
    "sign-up": ("Sign up", f"{AUTH}/auth/signup", ("email", "password")),
}
"""What a frontend would ask for on a page, and the request that it would send."""
REFRESH_SECONDS = 2


class StandIn(View):
    """A page that is there only without a frontend."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, unless the frontend does."""
        if settings.TREUM_FRONTEND_URL != settings.TREUM_PUBLIC_URL:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class HomePage(StandIn):
    """Leads to what there is to see."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Lead to the API's document."""
        return HttpResponseRedirect(reverse("docs"))


class BillingPage(StandIn):
    """Says how a checkout went. Whoever holds its id may read a status, a plan and an amount; it names nobody."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show it, and again in a moment while it is under way."""
        outcome = _outcome(request)
        again = REFRESH_SECONDS if outcome and not outcome.over else None
        told = {"outcome": outcome, "again": again, "seller": settings.TREUM_PAYMENTS_SELLER}
        return _page(request, "treum/billing.html", told)


class KeyPage(StandIn):
    """Says which request does what a link of a mail is for."""

    page = ""

    def get(self, request: HttpRequest, key: str = "") -> HttpResponseBase:
        """Show the request."""
        title, address, fields = KEY_PAGES[self.page]
        body = {name: key if name == "key" else "…" for name in fields}
        told = {"title": title, "address": f"{settings.TREUM_PUBLIC_URL}{address}", "body": body}
        return _page(request, "treum/request.html", told)


def _outcome(request: HttpRequest) -> Outcome | None:
    for name, outcome_of in (("payment", outcome_of_payment), ("subscription", outcome_of_trial)):
        if name in request.GET:
            outcome = outcome_of(_id(request.GET[name]))
            if outcome is None:
                raise Http404
            return outcome
    return None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _page(request: HttpRequest, template: str, told: dict[str, Any]) -> HttpResponse:
    answer = render(request, template, told)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
