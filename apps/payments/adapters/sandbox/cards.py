"""The test cards, by number, and how each behaves. Source: Stripe, "Test card numbers"; the numbers are theirs."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from apps.payments.ports import IntentStatus

DIGITS_OF_A_CARD = range(12, 20)


class Asks(StrEnum):
    """When the bank of a card wants its owner to confirm."""

    NEVER = "never"
    ONCE = "once"
    ALWAYS = "always"


class Returns(StrEnum):
    """What becomes of money that goes back to a card."""

    AT_ONCE = "at_once"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card that exists here only.

    `declines` says why it is declined always, `declines_later` why without its owner, `declines_confirmed` why after
    its bank was asked.
    """

    number: str
    says: str
    brand: str = "visa"
    declines: str = ""
    declines_later: str = ""
    declines_confirmed: str = ""
    asks: Asks = Asks.NEVER
    returns: Returns = Returns.AT_ONCE

    @property
    def spaced(self) -> str:
        """The number as it stands on a card."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


TEST_CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242", "succeeds"),
        TestCard("5555555555554444", "succeeds (Mastercard)", brand="mastercard"),
        TestCard("378282246310005", "succeeds (American Express)", brand="amex"),
        TestCard("4000002500003155", "asks for 3-D Secure once", asks=Asks.ONCE),
        TestCard("4000002760003184", "asks for 3-D Secure always", asks=Asks.ALWAYS),
        TestCard(
            "4000008400001629",
            "is declined after 3-D Secure",
            asks=Asks.ALWAYS,
            declines_confirmed="generic_decline",
        ),
        TestCard("4000000000000341", "succeeds here, is declined at renewal", declines_later="generic_decline"),
        TestCard("4000000000000002", "is declined", declines="generic_decline"),
        TestCard("4000000000009995", "has insufficient funds", declines="insufficient_funds"),
        TestCard("4000000000009987", "was lost", declines="lost_card"),
        TestCard("4000000000000069", "has expired", declines="expired_card"),
        TestCard("4000000000000127", "has another CVC", declines="incorrect_cvc"),
        TestCard("4000000000000119", "cannot be processed", declines="processing_error"),
        TestCard("4000000000007726", "succeeds; refunds take seconds", returns=Returns.LATER),
        TestCard("4000000000005126", "succeeds; refunds fail seconds later", returns=Returns.NEVER),
    )
}


def is_card_number(digits: str) -> bool:
    """Tell whether digits can be the number of a card: by their count and their check digit (Luhn's)."""
    if not (digits.isascii() and digits.isdigit() and len(digits) in DIGITS_OF_A_CARD):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def fingerprint_of(number: str) -> str:
    """Return the same text for the same card."""
    return hashlib.sha256(f"sandbox:{number}".encode()).hexdigest()[:16]


def outcome(card: TestCard, *, confirmed: bool, first: bool) -> tuple[IntentStatus, str]:
    """Return what becomes of a payment with a card, and why it was declined. `first` is the payment on the page."""
    if declined := card.declines or ("" if first else card.declines_later):
        return IntentStatus.REQUIRES_PAYMENT_METHOD, declined
    if not confirmed and (card.asks == Asks.ALWAYS or (card.asks == Asks.ONCE and first)):
        return IntentStatus.REQUIRES_ACTION, ""
    if card.declines_confirmed:
        return IntentStatus.REQUIRES_PAYMENT_METHOD, card.declines_confirmed
    return IntentStatus.SUCCEEDED, ""
