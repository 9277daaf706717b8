"""The sandbox's hosted page: a card is entered, or a payment confirmed with the bank. It needs no script."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_protect

from apps.payments.adapters.sandbox.apps import is_open
from apps.payments.adapters.sandbox.cards import TEST_CARDS
from apps.payments.adapters.sandbox.charges import OVER
from apps.payments.adapters.sandbox.checkout import CardRefused, EnteredCard, confirm, intent_of, present_card
from apps.payments.adapters.sandbox.models import Intent
from apps.payments.ports import IntentStatus

FIELDS = {"csrfmiddlewaretoken", "do", "number", "expiry", "cvc"}
DEEDS = {"pay", "confirm", "refuse"}
DECLINES = {
    "generic_decline": "The card was declined. Try another one.",
    "insufficient_funds": "The card has insufficient funds. Try another one.",
    "lost_card": "The card was declined. Try another one.",
    "expired_card": "The card has expired. Try another one.",
    "incorrect_cvc": "The CVC is not that of the card. Try again, or another card.",
    "processing_error": "The card could not be processed. Try again, or another card.",
    "authentication_failed": "Your bank did not confirm it. Try again, or another card.",
}
"""What a payer is told; that a card was reported as lost is between them and their bank."""
TAMPERED = "This form was changed on its way: it holds what this page does not ask for ({names}). Nothing was done."


@method_decorator(csrf_protect, name="dispatch")
class CheckoutPage(View):
    """Takes a card for a payment or a setup. What is to be paid is the sandbox's own; no form has a say in it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Show what is to be paid, or what became of it."""
        return _page(request, _found(token))

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Do what a button says: pay, confirm or refuse. Then the page is shown anew: no reload repeats it."""
        intent = _found(token)
        if strange := _strange(request):
            refusal = TAMPERED.format(names=", ".join(strange))
            return _page(request, intent, refusal=refusal, status=HTTPStatus.BAD_REQUEST)
        try:
            _do(request, token)
        except CardRefused as refusal:
            return _page(request, intent, mistakes=refusal.mistakes, status=HTTPStatus.BAD_REQUEST)
        answer = HttpResponseRedirect(request.path)
        answer.status_code = HTTPStatus.SEE_OTHER
        return answer


def _do(request: HttpRequest, token: str) -> None:
    deed = request.POST.get("do", "pay")
    if deed == "pay":
        present_card(token, EnteredCard.read(request.POST))
    else:
        confirm(token, agreed=deed == "confirm")


def _strange(request: HttpRequest) -> list[str]:
    """Return the names of what no form of the page holds."""
    names = sorted(set(request.POST) - FIELDS)
    return names if request.POST.get("do", "pay") in DEEDS else [*names, "do"]


def _found(token: str) -> Intent:
    intent = intent_of(token) if is_open() else None
    if intent is None:
        raise Http404
    return intent


def _page(
    request: HttpRequest,
    intent: Intent,
    *,
    mistakes: dict[str, str] | None = None,
    refusal: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    told = {
        "intent": intent,
        "over": intent.status in OVER,
        "asks_bank": intent.status == IntentStatus.REQUIRES_ACTION,
        "refusal": refusal or ("" if mistakes else DECLINES.get(intent.failure_code, "")),
        "mistakes": mistakes or {},
        "entered": _entered(request),
        "seller": settings.TREUM_PAYMENTS_SELLER,
        "cards": TEST_CARDS.values(),
    }
    answer = render(request, "sandbox/checkout.html", told, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _entered(request: HttpRequest) -> dict[str, str]:
    """Return what may stand in the form again: never what could be the number of a real card."""
    number = request.POST.get("number", "")
    shown = number if number.replace(" ", "") in TEST_CARDS else ""
    return {"number": shown, "expiry": request.POST.get("expiry", "")[:7]}
