"""What a payer does on the page: present a card, and confirm with the bank."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from apps.kernel.clock import now
from apps.payments.adapters.sandbox.cards import TEST_CARDS, fingerprint_of
from apps.payments.adapters.sandbox.charges import present, tell
from apps.payments.adapters.sandbox.happenings import DATABASE, new_id
from apps.payments.adapters.sandbox.models import Card, Intent
from apps.payments.ports import IntentStatus

CVC = re.compile(r"^\d{3,4}$")
EXPIRY = re.compile(r"^(0[1-9]|1[0-2]) ?/ ?(\d{2})$")


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
        expiry = EXPIRY.match(form.get("expiry", "").strip())
        mistakes = {
            "number": ""
            if number in TEST_CARDS
            else "This is none of the sandbox's test cards; use one of those below.",
            "expiry": "" if expiry and _ahead(expiry) else "Enter a month and a year to come, such as 12/34.",
            "cvc": "" if CVC.match(form.get("cvc", "").strip()) else "Enter three or four digits.",
        }
        found = {name: mistake for name, mistake in mistakes.items() if mistake}
        if found or expiry is None:
            raise CardRefused(found)
        return cls(number, int(expiry[1]), 2000 + int(expiry[2]))


def intent_of(token: str) -> Intent | None:
    """Return what is paid, or set up, on a page."""
    return Intent.objects.filter(token=token).first()


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


def _ahead(expiry: re.Match[str]) -> bool:
    today = now()
    return (2000 + int(expiry[2]), int(expiry[1])) >= (today.year, today.month)
