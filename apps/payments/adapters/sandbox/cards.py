"""The test cards, by number, and how each behaves. Source: Stripe, "Test card numbers"; the numbers are theirs."""

import hashlib
from dataclasses import dataclass

from apps.payments.ports import IntentStatus


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card that exists here only. `asks` says when its bank wants a confirmation: never, once or always."""

    number: str
    brand: str
    says: str
    declines: str = ""
    declines_later: str = ""
    asks: str = "never"

    @property
    def spaced(self) -> str:
        """The number as it stands on a card."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


TEST_CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242", "visa", "succeeds"),
        TestCard("5555555555554444", "mastercard", "succeeds"),
        TestCard("4000000000000002", "visa", "is declined", declines="generic_decline"),
        TestCard("4000000000009995", "visa", "has insufficient funds", declines="insufficient_funds"),
        TestCard("4000000000000069", "visa", "has expired", declines="expired_card"),
        TestCard(
            "4000000000000341", "visa", "succeeds at first and is declined later", declines_later="generic_decline"
        ),
        TestCard("4000002500003155", "visa", "asks for 3-D Secure once", asks="once"),
        TestCard("4000002760003184", "visa", "asks for 3-D Secure always", asks="always"),
    )
}


def fingerprint_of(number: str) -> str:
    """Return the same text for the same card."""
    return hashlib.sha256(f"sandbox:{number}".encode()).hexdigest()[:16]


def outcome(card: TestCard, *, confirmed: bool, first: bool) -> tuple[IntentStatus, str]:
    """Return what becomes of a payment with a card, and why it was declined. `first` is the payment on the page."""
    declined = card.declines or ("" if first else card.declines_later)
    if declined:
        return IntentStatus.REQUIRES_PAYMENT_METHOD, declined
    if not confirmed and (card.asks == "always" or (card.asks == "once" and first)):
        return IntentStatus.REQUIRES_ACTION, ""
    return IntentStatus.SUCCEEDED, ""
