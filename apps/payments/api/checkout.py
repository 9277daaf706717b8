"""The link that leads a payer's browser to the page of the payment provider. Its signature is the permission."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View

from apps.kernel.api.errors import RETRY_AFTER_SECONDS, status_of
from apps.kernel.errors import TreumError, Unavailable
from apps.payments import services

SEE_OTHER = 303
QUIET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""Whoever holds the link can pay, and see what: no cache keeps it, and no other site is told of it."""


class CheckoutView(View):
    """Makes sure that the provider was asked, and redirects to its page. Harmless when repeated."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Redirect, or say in a sentence why not."""
        try:
            page = services.page_behind(token)
        except TreumError as error:
            return _sorry(request, error)
        return HttpResponse(status=SEE_OTHER, headers={**QUIET, "Location": page})


def _sorry(request: HttpRequest, error: TreumError) -> HttpResponse:
    again = isinstance(error, Unavailable)
    told = {"sentence": str(error), "again": again, "billing": f"{settings.TREUM_FRONTEND_URL}/billing"}
    answer = render(request, "payments/checkout.html", told, status=status_of(error))
    for name, value in QUIET.items():
        answer[name] = value
    if again:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
