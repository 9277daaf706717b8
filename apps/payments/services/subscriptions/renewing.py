"""What time brings to subscriptions: checkouts given up, trials ended, periods renewed, grace used up.

Rows only. Each deed moves `next_action_at` on, or ends the subscription, in the transaction in which it is done: it can
be broken off anywhere and begun again, by several at once.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.contracts.events.payments import TrialWillEnd
from apps.kernel.outbox.recorder import record, request
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, SubscriptionStatus
from apps.payments.models import Customer, Invoice, Subscription
from apps.payments.rules.renewal import Period, next_period
from apps.payments.selectors.catalogue import tax_rate_on
from apps.payments.selectors.payments import WITH_THE_PROVIDER
from apps.payments.services.collecting.charging import collect
from apps.payments.services.collecting.closing import CHANGES, drop_open_invoices, write_off_open_invoices
from apps.payments.services.collecting.dunning import UNPAID_RENEWAL, miss_payer
from apps.payments.services.invoices.invoicing import issue_invoice, period_line
from apps.payments.services.standing import note_change, transition
from apps.payments.services.subscriptions.subscribing import give_up_checkout
from apps.payments.services.sweeping import one_by_one

PATIENCE = timedelta(hours=1)
"""How long the end of a grace waits for an attempt that we are late with."""


def run_due(at: datetime) -> int:
    """Do what has come due for subscriptions at a moment, and return for how many. Harmless when repeated."""
    due = Subscription.objects.filter(next_action_at__lte=at)
    return one_by_one(due, lambda customer, pk: _act(customer, pk, at=at), go_on_with="payments.run_due")


def _act(customer: Customer, subscription_id: UUID, *, at: datetime) -> None:
    """Do what is due for one subscription, if it still is. The customer is locked."""
    rows = Subscription.objects.select_for_update(of=("self",))
    subscription = rows.select_related("customer", "price__plan", "next_price__plan").get(pk=subscription_id)
    if subscription.next_action_at is None or subscription.next_action_at > at:
        return
    match SubscriptionStatus(subscription.status):
        case SubscriptionStatus.INCOMPLETE:
            give_up_checkout(subscription, because="checkout_expired", at=at)
        case SubscriptionStatus.TRIALING if at < subscription.current_period_end:
            _announce_end(subscription, customer, at=at)
        case SubscriptionStatus.TRIALING | SubscriptionStatus.ACTIVE:
            _go_on(customer, subscription, at=at)
        case SubscriptionStatus.PAST_DUE:
            _end_grace(subscription, at=at)
        case _:
            subscription.next_action_at = None
            subscription.save(update_fields=["next_action_at"])


def _announce_end(subscription: Subscription, customer: Customer, *, at: datetime) -> None:
    """Say once that a trial ends soon, unless nothing will be charged then."""
    subscription.next_action_at = subscription.current_period_end
    if subscription.trial_reminded_at is None and not subscription.cancel_at_period_end:
        subscription.trial_reminded_at = at
        record(_will_end(subscription, customer), using=DATABASE)
    subscription.save(update_fields=["next_action_at", "trial_reminded_at"])


def _go_on(customer: Customer, subscription: Subscription, *, at: datetime) -> None:
    """End what ends with its period; renew the rest. A change that was not paid by now is dropped."""
    drop_open_invoices(subscription, at=at, which=CHANGES)
    if subscription.cancel_at_period_end:
        transition(subscription, to=SubscriptionStatus.CANCELED, because="canceled_at_period_end", at=at)
        return
    _enter(subscription, _period_after(subscription, at=at), at=at)
    _bill(customer, subscription, at=at)


def _period_after(subscription: Subscription, *, at: datetime) -> Period:
    price, before = subscription.next_price or subscription.price, subscription.price
    ends_trial = subscription.status == SubscriptionStatus.TRIALING
    alike = (price.interval, price.interval_count) == (before.interval, before.interval_count)
    return next_period(
        anchor=subscription.billing_anchor,
        number=subscription.period_number,
        last_end=subscription.current_period_end,
        interval=price.interval,
        count=price.interval_count,
        keeps_anchor=alike and not ends_trial,
        at=at,
    )


def _enter(subscription: Subscription, period: Period, *, at: datetime) -> None:
    """Move a subscription into its next period, at the price that was planned for it."""
    because = "downgraded" if subscription.next_price else "renewed"
    subscription.price, subscription.next_price = subscription.next_price or subscription.price, None
    subscription.billing_anchor, subscription.period_number = period.anchor, period.number
    subscription.current_period_start, subscription.current_period_end = period.start, period.end
    subscription.next_action_at = period.end
    if subscription.status == SubscriptionStatus.TRIALING:
        transition(subscription, to=SubscriptionStatus.ACTIVE, because="trial_ended", at=at)
    else:
        note_change(subscription, because=because, at=at)


def _bill(customer: Customer, subscription: Subscription, *, at: datetime) -> None:
    """Bill the period that a subscription has entered, to the card on file, or to a payer who is told to come."""
    start, end = subscription.current_period_start, subscription.current_period_end
    rate = tax_rate_on(start.date(), country=customer.country)
    invoice = issue_invoice(
        customer,
        subscription,
        reason=BillingReason.SUBSCRIPTION_CYCLE,
        lines=[period_line(subscription.price, start=start, end=end, rate=rate)],
        period_start=start,
        period_end=end,
        at=at,
    )
    card = customer.default_method
    payment = collect(invoice, at=at, method=card, off_session=card is not None)
    if payment is not None and card is None:
        miss_payer(payment, at=at)


def _end_grace(subscription: Subscription, *, at: datetime) -> None:
    """End a subscription that was not paid for. An attempt that is planned or under way is waited for."""
    if _may_still_be_paid(subscription, at=at):
        subscription.next_action_at = at + PATIENCE
        subscription.save(update_fields=["next_action_at"])
        request("payments.retry_due", using=DATABASE)
        return
    write_off_open_invoices(subscription, at=at)
    subscription.canceled_at = at
    transition(subscription, to=SubscriptionStatus.CANCELED, because="unpaid", at=at)


def _may_still_be_paid(subscription: Subscription, *, at: datetime) -> bool:
    unpaid = Invoice.objects.filter(UNPAID_RENEWAL, subscription=subscription)
    under_way = Q(payments__status__in=WITH_THE_PROVIDER)
    return unpaid.filter(Q(next_attempt_at__lte=at) | under_way).exists()


def _will_end(subscription: Subscription, customer: Customer) -> TrialWillEnd:
    return TrialWillEnd(
        subscription_id=subscription.pk,
        user_id=customer.user_id,
        plan=subscription.price.plan.code,
        amount=subscription.price.unit_amount,
        currency=subscription.price.currency,
        trial_end=subscription.current_period_end,
    )
