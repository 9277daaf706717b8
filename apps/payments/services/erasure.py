"""Take what is personal out of payments when people are erased.

Subscriptions end at once, cards are forgotten, and nobody's name stays on an invoice. Invoices, payments and books are
kept, as the law has it, under ids that lead to nobody; so are the digests that know a trial again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.kernel.persons import forget_person
from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus
from apps.payments.models import Customer, Invoice, PaymentMethod, Subscription
from apps.payments.models.subscriptions import OVER
from apps.payments.services.collecting.closing import drop_open_invoices
from apps.payments.services.collecting.methods import forget_methods
from apps.payments.services.standing import transition
from apps.payments.services.subscriptions.subscribing import give_up_checkout

ERASED = "erased"


def erase_people(user_ids: Collection[UUID], *, at: datetime) -> None:
    """Erase people here. Harmless when repeated, and for those who have paid nothing."""
    with transaction.atomic(using=DATABASE):
        customers = list(Customer.objects.select_for_update().filter(user_id__in=user_ids).order_by("pk"))
        _end_subscriptions(customers, at=at)
        _forget_cards(customers, at=at)
        Invoice.objects.filter(customer__in=customers).update(bill_to=None)
        Customer.objects.filter(pk__in=[customer.pk for customer in customers]).update(country="", default_method=None)
        for user_id in user_ids:
            forget_person(user_id, using=DATABASE)


def _end_subscriptions(customers: Sequence[Customer], *, at: datetime) -> None:
    running = Subscription.objects.filter(customer__in=customers).exclude(status__in=OVER).order_by("pk")
    for subscription in running.select_for_update(of=("self",)).select_related("customer", "price__plan"):
        if subscription.status == SubscriptionStatus.INCOMPLETE:
            give_up_checkout(subscription, because=ERASED, at=at)
            continue
        drop_open_invoices(subscription, at=at)
        subscription.canceled_at = at
        transition(subscription, to=SubscriptionStatus.CANCELED, because=ERASED, at=at)


def _forget_cards(customers: Sequence[Customer], *, at: datetime) -> None:
    cards = PaymentMethod.objects.filter(customer__in=customers)
    forget_methods(list(cards.filter(detached_at=None)), at=at)
    cards.update(brand=ERASED, last4="", exp_month=0, exp_year=0, fingerprint="")
