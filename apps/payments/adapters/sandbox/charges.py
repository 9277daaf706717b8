"""Charge a card, or make it usable: what the provider does when a card is presented."""

from apps.payments.adapters.sandbox.bodies import body_of_intent
from apps.payments.adapters.sandbox.cards import TEST_CARDS, outcome
from apps.payments.adapters.sandbox.happenings import happened, new_id
from apps.payments.adapters.sandbox.models import Card, Intent, Movement
from apps.payments.adapters.sandbox.money import fee_of
from apps.payments.ports import IntentStatus, MovementKind

OVER = (IntentStatus.SUCCEEDED, IntentStatus.CANCELED)
_VERBS = {
    IntentStatus.SUCCEEDED: "succeeded",
    IntentStatus.REQUIRES_ACTION: "requires_action",
    IntentStatus.CANCELED: "canceled",
}


def present(intent: Intent, card: Card, *, confirmed: bool, on_page: bool) -> Intent:
    """Try a card on an intent that is locked and not over, and tell what became of it."""
    status, declined = outcome(TEST_CARDS[card.behaviour], confirmed=confirmed, first=on_page)
    intent.card, intent.status, intent.failure_code = card, status, declined
    if status == IntentStatus.SUCCEEDED:
        _succeed(intent)
    intent.save()
    tell(intent)
    return intent


def _succeed(intent: Intent) -> None:
    if intent.amount is None:
        return
    intent.fee = fee_of(intent.amount, currency=intent.currency)
    Movement.objects.create(
        id=new_id("txn"),
        kind=MovementKind.CHARGE,
        source_id=intent.pk,
        amount=intent.amount,
        fee=intent.fee,
        currency=intent.currency,
    )


def tell(intent: Intent) -> None:
    """Tell the merchant how an intent stands."""
    name, failed = ("setup_intent", "setup_failed") if intent.amount is None else ("payment_intent", "payment_failed")
    happened(f"{name}.{_VERBS.get(IntentStatus(intent.status), failed)}", body_of_intent(intent))
