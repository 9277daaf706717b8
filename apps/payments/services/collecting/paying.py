"""What follows from an invoice being paid: its subscription begins, goes on, or changes its price."""

from datetime import datetime

from apps.payments.enums import BillingReason, InvoiceStatus, SubscriptionStatus
from apps.payments.models import Invoice, Subscription
from apps.payments.rules.lifecycle import OVER
from apps.payments.services.standing import note_change, transition

PAID = "paid"


def settle_invoice(invoice: Invoice, *, at: datetime) -> None:
    """Mark an open invoice as paid in full and do what follows from it. The customer is locked by the caller."""
    invoice.status, invoice.paid_at, invoice.next_attempt_at = InvoiceStatus.PAID, at, None
    invoice.amount_paid = invoice.amount_due
    invoice.save(update_fields=["status", "paid_at", "next_attempt_at", "amount_paid"])
    subscription = (
        Subscription.objects.select_for_update().select_related("price__plan").get(pk=invoice.subscription_id)
    )
    if subscription.status in OVER:
        return
    if invoice.reason == BillingReason.SUBSCRIPTION_UPDATE:
        apply_paid_change(subscription, invoice, at=at)
    elif subscription.status != SubscriptionStatus.ACTIVE:
        _go_on(subscription, at=at)


def apply_paid_change(subscription: Subscription, invoice: Invoice, *, at: datetime) -> None:
    """Give a subscription the price that an invoice was for. Another interval begins a period of its own."""
    price = invoice.new_price
    if price is None:
        return
    new_interval = (price.interval, price.interval_count) != (
        subscription.price.interval,
        subscription.price.interval_count,
    )
    if new_interval:
        subscription.billing_anchor, subscription.period_number = invoice.period_start, 0
        subscription.current_period_start, subscription.current_period_end = invoice.period_start, invoice.period_end
        subscription.next_action_at = invoice.period_end
    subscription.price, subscription.next_price = price, None
    note_change(subscription, because="upgraded", at=at)


def _go_on(subscription: Subscription, *, at: datetime) -> None:
    subscription.past_due_since = None
    subscription.next_action_at = subscription.current_period_end
    subscription.checkout_url = ""
    transition(subscription, to=SubscriptionStatus.ACTIVE, because=PAID, at=at)
