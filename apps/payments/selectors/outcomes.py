"""How a checkout went, as its payer is told in a word."""

from dataclasses import dataclass
from uuid import UUID

from apps.kernel.money import written
from apps.payments.enums import PaymentStatus, SubscriptionStatus
from apps.payments.models import Payment, Subscription

_PAYMENTS = {
    PaymentStatus.SUCCEEDED: "Paid",
    PaymentStatus.CANCELED: "Canceled",
    PaymentStatus.FAILED: "Declined",
    PaymentStatus.REQUIRES_ACTION: "Your bank asks",
    PaymentStatus.REQUIRES_PAYMENT_METHOD: "Not paid yet",
}
_TRIALS = {
    SubscriptionStatus.INCOMPLETE: "No card was added yet",
    SubscriptionStatus.INCOMPLETE_EXPIRED: "Canceled",
    SubscriptionStatus.TRIALING: "Your trial has begun",
}
_OVER = (PaymentStatus.SUCCEEDED, PaymentStatus.CANCELED, PaymentStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a checkout and what it was for. While it may still go on, `page` is where."""

    word: str
    plan: str
    amount: str
    over: bool
    page: str


def outcome_of_payment(payment_id: UUID) -> Outcome | None:
    """Return how a payment went, if there is one."""
    found = Payment.objects.select_related("invoice__subscription__price__plan", "invoice__new_price__plan")
    payment = found.filter(pk=payment_id).first()
    if payment is None:
        return None
    status, over = PaymentStatus(payment.status), payment.status in _OVER
    price = payment.invoice.new_price or payment.invoice.subscription.price
    declined = status == PaymentStatus.REQUIRES_PAYMENT_METHOD and payment.failure_code
    word = "Declined" if declined else _PAYMENTS.get(status, "One moment")
    amount = written(payment.amount, payment.currency)
    return Outcome(word, price.plan.name, amount, over, "" if over else payment.page_url)


def outcome_of_trial(subscription_id: UUID) -> Outcome | None:
    """Return how the card for a trial was taken, if there is such a subscription."""
    found = Subscription.objects.select_related("price__plan").filter(pk=subscription_id).first()
    if found is None:
        return None
    word = _TRIALS.get(SubscriptionStatus(found.status), found.get_status_display().capitalize())
    over = found.status != SubscriptionStatus.INCOMPLETE
    amount = written(found.price.unit_amount, found.price.currency)
    return Outcome(word, found.price.plan.name, amount, over, "" if over else found.checkout_url)
