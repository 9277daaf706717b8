"""Begin a subscription: rows only, with a link to the page on which it is paid."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, SubscriptionStatus
from apps.payments.errors import AlreadySubscribed, CountryMissing, NoTrial, TrialUsed
from apps.payments.models import Customer, Price, Subscription
from apps.payments.models.subscriptions import OVER
from apps.payments.provider import the_people
from apps.payments.rules.calendar import period_end
from apps.payments.selectors.catalogue import price_on_sale, tax_rate_on
from apps.payments.services.collecting.charging import collect
from apps.payments.services.collecting.closing import drop_open_invoices
from apps.payments.services.customers import customer_of
from apps.payments.services.invoices.invoicing import issue_invoice, period_line
from apps.payments.services.locks import lock_customer
from apps.payments.services.standing import note_beginning, transition
from apps.payments.services.subscriptions.trials import trial_is_used


def start_subscription(user_id: UUID, *, lookup_key: str, country: str, trial: bool, at: datetime) -> Subscription:
    """Begin a subscription, `incomplete` until its first payment, or the card for its trial, is there.

    A checkout that was not finished gives way to the new one. `country` (ISO 3166-1) may be empty when it is known.
    Raises PriceUnknown, CountryMissing, AlreadySubscribed, NoTrial or TrialUsed.
    """
    with transaction.atomic(using=DATABASE):
        customer = lock_customer(customer_of(user_id).pk)
        price = price_on_sale(lookup_key)
        _live_in(customer, country)
        _make_way(customer, at=at)
        if trial:
            _refuse_trial(customer, price)
        subscription = _store(customer, price, trial=trial, at=at)
        if trial:
            request("payments.ask_setup", str(subscription.pk), using=DATABASE)
        else:
            _bill_first_period(customer, subscription, at=at)
    return Subscription.objects.select_related("price__plan").get(pk=subscription.pk)


def give_up_checkout(subscription: Subscription, *, because: str, at: datetime) -> None:
    """End a subscription that was never paid for, with its invoice. The customer is locked by the caller.

    The provider is told later; a payment that is faster than that is refunded.
    """
    drop_open_invoices(subscription, at=at)
    if subscription.setup_id:
        request("payments.abandon_setup", subscription.setup_id, using=DATABASE)
    subscription.checkout_url = ""
    transition(subscription, to=SubscriptionStatus.INCOMPLETE_EXPIRED, because=because, at=at)


def _live_in(customer: Customer, country: str) -> None:
    if country and country != customer.country:
        customer.country = country
        customer.save(update_fields=["country"])
    if not customer.country:
        raise CountryMissing()


def _make_way(customer: Customer, *, at: datetime) -> None:
    standing = Subscription.objects.filter(customer=customer).exclude(status__in=OVER)
    present = standing.select_for_update(of=("self",)).select_related("price__plan").first()
    if present is None:
        return
    if present.status != SubscriptionStatus.INCOMPLETE:
        raise AlreadySubscribed()
    give_up_checkout(present, because="replaced", at=at)


def _refuse_trial(customer: Customer, price: Price) -> None:
    if not price.plan.trial_days:
        raise NoTrial(plan=price.plan.name)
    contact = the_people().contact(customer.user_id)
    if contact is None or trial_is_used(customer, contact.email):
        raise TrialUsed()


def _store(customer: Customer, price: Price, *, trial: bool, at: datetime) -> Subscription:
    """Store a subscription. That of a trial has no period until its card is there: its first one is the trial's."""
    period = period_end(at, interval=price.interval, count=price.interval_count, number=0)
    ends = at + timedelta(days=price.plan.trial_days) if trial else period
    subscription = Subscription(
        customer=customer,
        price=price,
        billing_anchor=ends if trial else at,
        current_period_start=at,
        current_period_end=ends,
        trial_end=ends if trial else None,
        next_action_at=at + timedelta(hours=settings.TREUM_PAYMENTS_CHECKOUT_HOURS),
        created_at=at,
    )
    subscription.save(force_insert=True)
    note_beginning(subscription, at=at)
    return subscription


def _bill_first_period(customer: Customer, subscription: Subscription, *, at: datetime) -> None:
    rate = tax_rate_on(at.date(), country=customer.country)
    start, end = subscription.current_period_start, subscription.current_period_end
    invoice = issue_invoice(
        customer,
        subscription,
        reason=BillingReason.SUBSCRIPTION_CREATE,
        lines=[period_line(subscription.price, start=start, end=end, rate=rate)],
        period_start=start,
        period_end=end,
        at=at,
    )
    collect(invoice, at=at, method=None, off_session=False)
