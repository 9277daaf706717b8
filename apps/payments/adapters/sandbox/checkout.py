"""What a payer does on the page: present a card, and confirm with the bank."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from apps.kernel.clock import now
from apps.payments.adapters.sandbox.cards import TEST_CARDS, fingerprint_of, is_card_number
from apps.payments.adapters.sandbox.charges import present, tell
from apps.payments.adapters.sandbox.happenings import DATABASE, new_id
from apps.payments.adapters.sandbox.models import Card, Intent
from apps.payments.ports import IntentStatus

CVC = re.compile(r"[0-9]{3,4}")
EXPIRY = re.compile(r"(0?[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})")


class CardRefused(Exception):
    """What was entered cannot be a card; `mistakes` says why, by field."""

    def __init__(self, mistakes: dict[str, str]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class EnteredCard:
    """A card as it was typed in."""

    number: str
    exp_month: int
    exp_year: int

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "EnteredCard":
        """Return the card of a form. Raises CardRefused."""
        number = re.sub(r"[ -]", "", form.get("number", ""))
        expiry = EXPIRY.fullmatch(form.get("expiry", "").strip())
        mistakes = {
            "number": _mistake_in_number(number),
            "expiry": _mistake_in_expiry(expiry),
            "cvc": "" if CVC.fullmatch(form.get("cvc", "").strip()) else "Enter the three or four digits of the CVC.",
        }
        found = {name: mistake for name, mistake in mistakes.items() if mistake}
        if found or expiry is None:
            raise CardRefused(found)
        return cls(number, int(expiry[1]), 2000 + int(expiry[2]))


def intent_of(token: str) -> Intent | None:
    """Return what is paid, or set up, on a page."""
    readable = token.isprintable()
    return Intent.objects.select_related("card").filter(token=token).first() if readable else None


def present_card(token: str, entered: EnteredCard) -> Intent:
    """Try a card. Nothing happens any more once the page is over, or while the bank is asked."""
    with transaction.atomic(using=DATABASE):
        intent = Intent.objects.select_for_update().get(token=token)
        if intent.status != IntentStatus.REQUIRES_PAYMENT_METHOD:
            return intent
        card = Card.objects.create(
            id=new_id("pm"),
            customer_id=intent.customer_id,
            brand=TEST_CARDS[entered.number].brand,
            last4=entered.number[-4:],
            exp_month=entered.exp_month,
            exp_year=entered.exp_year,
            fingerprint=fingerprint_of(entered.number),
            behaviour=entered.number,
        )
        return present(intent, card, confirmed=False, on_page=True)


def confirm(token: str, *, agreed: bool) -> Intent:
    """Give the bank's answer, where it was asked."""
    with transaction.atomic(using=DATABASE):
        intent = Intent.objects.select_for_update(of=("self",)).select_related("card").get(token=token)
        if intent.status != IntentStatus.REQUIRES_ACTION or intent.card is None:
            return intent
        if agreed:
            return present(intent, intent.card, confirmed=True, on_page=not intent.off_session)
        intent.status, intent.failure_code = IntentStatus.REQUIRES_PAYMENT_METHOD, "authentication_failed"
        intent.save(update_fields=["status", "failure_code"])
        tell(intent)
        return intent


def _mistake_in_number(number: str) -> str:
    if not number:
        return "Enter the number of a card."
    if not is_card_number(number):
        return "This is no card number; look for a digit that is wrong or missing."
    if number not in TEST_CARDS:
        return "This is none of the sandbox's test cards; use one of those below. Real cards are not accepted."
    return ""


def _mistake_in_expiry(expiry: re.Match[str] | None) -> str:
    if expiry is None:
        return "Enter month and year, such as 12/34."
    today = now()
    ahead = (2000 + int(expiry[2]), int(expiry[1])) >= (today.year, today.month)
    return "" if ahead else "This card has expired; enter a month to come."
