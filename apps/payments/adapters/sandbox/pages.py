"""The sandbox's hosted page: a card is entered, or a payment confirmed with the bank. It needs no script."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_protect

from apps.payments.adapters.sandbox.cards import TEST_CARDS
from apps.payments.adapters.sandbox.checkout import CardRefused, EnteredCard, confirm, intent_of, present_card
from apps.payments.adapters.sandbox.models import Intent
from apps.payments.ports import IntentStatus

DECLINES = {
    "generic_decline": "The card was declined. Try another one.",
    "insufficient_funds": "The card has insufficient funds. Try another one.",
    "expired_card": "The card has expired. Try another one.",
    "authentication_failed": "The bank did not confirm the payment. Try again, or with another card.",
}
SEE_OTHER = 303


@method_decorator(csrf_protect, name="dispatch")
class CheckoutPage(View):
    """Takes a card for a payment or a setup. The amount is the sandbox's own; a form says nothing of it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Show what is to be paid, or what became of it."""
        return _page(request, _found(token))

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Do what a button says: pay, confirm or refuse. Then the page is shown anew: no reload repeats it."""
        intent = _found(token)
        match request.POST.get("do", "pay"):
            case "confirm":
                confirm(token, agreed=True)
            case "refuse":
                confirm(token, agreed=False)
            case _:
                try:
                    present_card(token, EnteredCard.read(request.POST))
                except CardRefused as refusal:
                    return _page(request, intent, mistakes=refusal.mistakes, status=400)
        answer = HttpResponseRedirect(request.path)
        answer.status_code = SEE_OTHER
        return answer


def _found(token: str) -> Intent:
    intent = intent_of(token) if settings.TREUM_PAYMENTS_PROVIDER == "sandbox" else None
    if intent is None:
        raise Http404
    return intent


def _page(
    request: HttpRequest, intent: Intent, *, mistakes: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    told = {
        "intent": intent,
        "over": intent.status in (IntentStatus.SUCCEEDED, IntentStatus.CANCELED),
        "asks_bank": intent.status == IntentStatus.REQUIRES_ACTION,
        "declined": DECLINES.get(intent.failure_code, ""),
        "mistakes": mistakes or {},
        "seller": settings.TREUM_PAYMENTS_SELLER,
        "cards": TEST_CARDS.values(),
    }
    answer = render(request, "sandbox/checkout.html", told, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
