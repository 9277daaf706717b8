"""Trials, once for each person, and the cards that their checkouts leave with us.

A trial is claimed when its card is there, by the person, their mailbox and the card at once: of two people who try with
one card at the same moment one wins.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from apps.kernel.crypto.sealing import new_key
from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus, TrialMark
from apps.payments.models import Customer, PaymentMethod, Subscription, TrialSecret, TrialUse
from apps.payments.ports import IntentStatus, ProviderMethod, ProviderSetup
from apps.payments.provider import the_people
from apps.payments.rules.marks import mailbox, mark_of
from apps.payments.services.clock import billing_now
from apps.payments.services.collecting.dunning import try_again_now
from apps.payments.services.collecting.settling import remember_method
from apps.payments.services.locks import lock_customer
from apps.payments.services.standing import transition

log = structlog.get_logger(__name__)

THE_SECRET = 1
Marks = dict[TrialMark, str]


def trial_is_used(customer: Customer, email: str) -> bool:
    """Return whether a person, or someone with their mailbox, had a trial."""
    marks = _marks({TrialMark.USER: str(customer.user_id), TrialMark.EMAIL: mailbox(email)})
    return TrialUse.objects.filter(mark__in=marks, digest__in=marks.values()).exists()


def apply_setup(setup: ProviderSetup) -> bool:
    """Keep the card of a setup that succeeded, and begin the trial that waited for it. Harmless when repeated.

    Return False for a setup that is none of ours.
    """
    known = _customer_of(setup)
    if known is None:
        log.warning("setup.unknown", setup_id=setup.id)
        return False
    if setup.status == IntentStatus.SUCCEEDED and setup.method is not None:
        with transaction.atomic(using=DATABASE):
            _take_card(lock_customer(known.pk), setup, setup.method, at=billing_now())
    return True


def begin_trial(subscription: Subscription, method: ProviderMethod, *, at: datetime) -> None:
    """Begin the trial of an incomplete subscription, or end it where the person, mailbox or card had one before.

    The customer is locked by the caller.
    """
    subscription.checkout_url = ""
    if not _claim(subscription, method):
        transition(subscription, to=SubscriptionStatus.INCOMPLETE_EXPIRED, because="trial_used", at=at)
        return
    ends = at + timedelta(days=subscription.price.plan.trial_days)
    subscription.current_period_start, subscription.current_period_end = at, ends
    subscription.trial_end = subscription.billing_anchor = ends
    subscription.next_action_at = ends - timedelta(days=settings.TREUM_PAYMENTS_TRIAL_NOTICE_DAYS)
    transition(subscription, to=SubscriptionStatus.TRIALING, because="trial_started", at=at)


def _take_card(customer: Customer, setup: ProviderSetup, method: ProviderMethod, *, at: datetime) -> None:
    """Keep a card. A setup that comes again, or late, no longer makes its card the default."""
    is_new = not PaymentMethod.objects.filter(provider_method_id=method.id).exists()
    remember_method(customer, method, as_default=is_new)
    subscription = _waiting_for(setup, customer)
    if subscription is not None:
        begin_trial(subscription, method, at=at)
    elif is_new:
        try_again_now(customer, at=at)


def _customer_of(setup: ProviderSetup) -> Customer | None:
    if setup.customer_id is None:
        return None
    return Customer.objects.filter(provider_customer_id=setup.customer_id).first()


def _waiting_for(setup: ProviderSetup, customer: Customer) -> Subscription | None:
    """Return the subscription whose trial waits for this setup, locked."""
    told = setup.metadata.get("subscription_id", "")
    waiting = Subscription.objects.filter(
        customer=customer, status=SubscriptionStatus.INCOMPLETE, trial_end__isnull=False
    )
    found = waiting.select_for_update(of=("self",)).select_related("customer", "price__plan").first()
    return found if found is not None and str(found.pk) == told else None


def _claim(subscription: Subscription, method: ProviderMethod) -> bool:
    """Write down all marks of a person as used, or none of them when one was before."""
    customer = subscription.customer
    contact = the_people().contact(customer.user_id)
    if contact is None:
        return False
    marks = _marks(
        {
            TrialMark.USER: str(customer.user_id),
            TrialMark.EMAIL: mailbox(contact.email),
            TrialMark.CARD: f"{customer.provider}:{method.fingerprint}",
        }
    )
    return _claimed(marks, subscription_id=subscription.pk)


def _claimed(marks: Marks, *, subscription_id: UUID) -> bool:
    """Return whether every mark is this subscription's. Sorted, so that claims wait for one another in one order."""
    uses = [TrialUse(mark=mark, digest=marks[mark], subscription_id=subscription_id) for mark in sorted(marks)]
    TrialUse.objects.bulk_create(uses, ignore_conflicts=True)
    ours = TrialUse.objects.filter(subscription_id=subscription_id)
    if ours.count() == len(marks):
        return True
    ours.delete()
    return False


def _marks(values: Marks) -> Marks:
    secret = _secret()
    return {mark: mark_of(mark, value, secret=secret) for mark, value in values.items()}


def _secret() -> str:
    """Return the secret of the digests. It is kept sealed, and stays the same when the sealing key is renewed."""
    kept, _ = TrialSecret.objects.get_or_create(pk=THE_SECRET, defaults={"secret": new_key()})
    return str(kept.secret)
