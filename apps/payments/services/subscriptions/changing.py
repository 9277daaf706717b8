"""Change, cancel and resume a subscription, as its owner asks.

Upward at once, against an invoice; downward at the end of the period that was paid for. Time that was paid for and is
given up is never turned into cash: the unused part of an upgrade lowers its price, or becomes customer balance.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, InvoiceStatus, SubscriptionStatus
from apps.payments.errors import (
    InvoiceUnpaid,
    NotChangeable,
    OtherCurrency,
    PastDue,
    PaymentUnderWay,
    RenewalUnderWay,
    SamePrice,
    SubscriptionUnknown,
)
from apps.payments.models import Customer, Invoice, Price, Subscription
from apps.payments.rules.calendar import period_end
from apps.payments.rules.changes import Terms, is_upgrade, same_periods
from apps.payments.rules.lifecycle import OVER
from apps.payments.selectors.catalogue import price_on_sale, tax_rate_on
from apps.payments.selectors.payments import WITH_THE_PROVIDER
from apps.payments.services.collecting.charging import collect
from apps.payments.services.collecting.closing import CHANGES, drop_open_invoices
from apps.payments.services.invoices.invoicing import NewLine, issue_invoice, period_line
from apps.payments.services.invoices.prorating import credit_lines, remaining_line
from apps.payments.services.locks import lock_customer
from apps.payments.services.standing import note_change, transition
from apps.payments.services.subscriptions.subscribing import give_up_checkout

CHANGEABLE = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)


def change_subscription(user_id: UUID, subscription_id: UUID, *, lookup_key: str, at: datetime) -> Subscription:
    """Give a subscription another price: upward once its invoice is paid, downward when the period ends.

    Asking for the present price takes a planned change back. A trial changes at once, and costs nothing. While the card
    is being charged for a change, asking for it again changes nothing, so that nobody pays twice.
    Raises SubscriptionUnknown, PriceUnknown, PastDue, NotChangeable, SamePrice, OtherCurrency, InvoiceUnpaid,
    PaymentUnderWay or RenewalUnderWay.
    """
    with transaction.atomic(using=DATABASE):
        customer, subscription = _locked(user_id, subscription_id)
        _refuse_unchangeable(subscription, at=at)
        price = _wanted(subscription, lookup_key)
        charged = _being_charged(subscription)
        if charged is not None and charged.new_price_id != price.pk:
            raise PaymentUnderWay()
        if charged is not None:
            return _as_it_is(subscription)
        if price == subscription.price:
            _stay(subscription, at=at)
        elif subscription.status == SubscriptionStatus.TRIALING:
            _exchange(subscription, price, at=at)
        elif is_upgrade(_terms(subscription.price), _terms(price)):
            _upgrade(customer, subscription, price, at=at)
        else:
            _plan_change(subscription, price, at=at)
    return _as_it_is(subscription)


def cancel_subscription(user_id: UUID, subscription_id: UUID, *, at_period_end: bool, at: datetime) -> Subscription:
    """End a subscription with its period, or at once and without any money back.

    One that was never paid for ends at once either way. Raises SubscriptionUnknown or NotChangeable.
    """
    with transaction.atomic(using=DATABASE):
        _, subscription = _locked(user_id, subscription_id)
        if subscription.status in OVER:
            raise NotChangeable(status=subscription.status)
        if subscription.status == SubscriptionStatus.INCOMPLETE:
            give_up_checkout(subscription, because="canceled_by_customer", at=at)
        elif not at_period_end:
            _end_now(subscription, at=at)
        elif not subscription.cancel_at_period_end:
            _plan_end(subscription, at=at)
    return _as_it_is(subscription)


def resume_subscription(user_id: UUID, subscription_id: UUID, *, at: datetime) -> Subscription:
    """Take a planned cancellation or a planned change back. Harmless where none is planned.

    Raises SubscriptionUnknown or NotChangeable.
    """
    with transaction.atomic(using=DATABASE):
        _, subscription = _locked(user_id, subscription_id)
        if subscription.status in OVER:
            raise NotChangeable(status=subscription.status)
        if subscription.cancel_at_period_end or subscription.next_price is not None:
            subscription.cancel_at_period_end, subscription.canceled_at = False, None
            subscription.next_price = None
            note_change(subscription, because="resumed", at=at)
    return _as_it_is(subscription)


def _locked(user_id: UUID, subscription_id: UUID) -> tuple[Customer, Subscription]:
    payer = Customer.objects.filter(user_id=user_id).first()
    if payer is None:
        raise SubscriptionUnknown()
    customer = lock_customer(payer.pk)
    theirs = Subscription.objects.filter(pk=subscription_id, customer=customer)
    subscription = theirs.select_for_update(of=("self",)).select_related("customer", "price__plan").first()
    if subscription is None:
        raise SubscriptionUnknown()
    return customer, subscription


def _as_it_is(subscription: Subscription) -> Subscription:
    return Subscription.objects.select_related("price__plan", "next_price__plan").get(pk=subscription.pk)


def _refuse_unchangeable(subscription: Subscription, *, at: datetime) -> None:
    """A change counts on a period that is paid for and not over."""
    unpaid = Invoice.objects.filter(subscription=subscription, status=InvoiceStatus.OPEN).exclude(CHANGES).first()
    if subscription.status == SubscriptionStatus.PAST_DUE and unpaid is not None:
        raise PastDue(invoice=unpaid, id=unpaid.pk)
    if subscription.status not in CHANGEABLE:
        raise NotChangeable(status=subscription.status)
    if at >= subscription.current_period_end:
        raise RenewalUnderWay()
    if unpaid is not None:
        raise InvoiceUnpaid(invoice=unpaid)


def _being_charged(subscription: Subscription) -> Invoice | None:
    """Return the invoice of a change that a card is being charged for right now."""
    changes = Invoice.objects.filter(CHANGES, subscription=subscription, status=InvoiceStatus.OPEN)
    return changes.filter(payments__status__in=WITH_THE_PROVIDER).first()


def _wanted(subscription: Subscription, lookup_key: str) -> Price:
    """Return the price that is asked for. The present one need not be on sale any more."""
    if lookup_key == subscription.price.lookup_key:
        return subscription.price
    price = price_on_sale(lookup_key)
    if price.currency != subscription.price.currency:
        raise OtherCurrency(ours=subscription.price.currency, theirs=price.currency)
    return price


def _terms(price: Price) -> Terms:
    return Terms(rank=price.plan.rank, interval=price.interval, interval_count=price.interval_count)


def _stay(subscription: Subscription, *, at: datetime) -> None:
    """Drop the change that was planned or not paid yet."""
    open_change = Invoice.objects.filter(CHANGES, subscription=subscription, status=InvoiceStatus.OPEN)
    if subscription.next_price is None and not open_change.exists():
        raise SamePrice()
    drop_open_invoices(subscription, at=at, which=CHANGES)
    if subscription.next_price is not None:
        subscription.next_price = None
        note_change(subscription, because="change_taken_back", at=at)


def _exchange(subscription: Subscription, price: Price, *, at: datetime) -> None:
    subscription.price, subscription.next_price = price, None
    note_change(subscription, because="changed_in_trial", at=at)


def _plan_change(subscription: Subscription, price: Price, *, at: datetime) -> None:
    drop_open_invoices(subscription, at=at, which=CHANGES)
    if subscription.next_price != price:
        subscription.next_price = price
        note_change(subscription, because="downgrade_planned", at=at)


def _upgrade(customer: Customer, subscription: Subscription, price: Price, *, at: datetime) -> None:
    """Bill an upgrade, which takes effect when it is paid. One that was not paid yet gives way to it."""
    drop_open_invoices(subscription, at=at, which=CHANGES)
    charge = _charge(customer, subscription, price, at=at)
    invoice = issue_invoice(
        customer,
        subscription,
        reason=BillingReason.SUBSCRIPTION_UPDATE,
        lines=[*credit_lines(subscription, at=at), charge],
        period_start=charge.period_start,
        period_end=charge.period_end,
        at=at,
        new_price=price,
    )
    invoice.next_attempt_at = at + timedelta(hours=settings.TREUM_PAYMENTS_CHECKOUT_HOURS)
    invoice.save(update_fields=["next_attempt_at"])
    collect(invoice, at=at, method=customer.default_method, off_session=False)


def _charge(customer: Customer, subscription: Subscription, price: Price, *, at: datetime) -> NewLine:
    """Return the line of the new price: for the rest of the period, or for a whole one of another length from now."""
    rate = tax_rate_on(at.date(), country=customer.country)
    if same_periods(_terms(subscription.price), _terms(price)):
        return remaining_line(subscription, price, at=at, rate=rate)
    end = period_end(at, interval=price.interval, count=price.interval_count, number=0)
    return period_line(price, start=at, end=end, rate=rate)


def _plan_end(subscription: Subscription, *, at: datetime) -> None:
    subscription.cancel_at_period_end, subscription.canceled_at = True, at
    note_change(subscription, because="cancellation_planned", at=at)


def _end_now(subscription: Subscription, *, at: datetime) -> None:
    drop_open_invoices(subscription, at=at)
    subscription.canceled_at = at
    transition(subscription, to=SubscriptionStatus.CANCELED, because="canceled_by_customer", at=at)
