"""Payers, their subscriptions, and the tasks of payments done in the test's own process and transaction."""

import json
from uuid import UUID

from apps.kernel.clock import now
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.models import Invoice, Payment, Subscription
from apps.payments.services import billing_now, seed_catalogue, start_subscription
from apps.users.models import User
from tests.support.checkout import GOOD_CARD, pay
from tests.support.people import a_person
from workers.app import app

PRICE = "pro-eur-month"
WEBHOOKS = "payments.send_sandbox_webhooks"

app.loader.import_default_modules()


def a_payer() -> User:
    """Return a new person, in a world with a catalogue."""
    seed_catalogue()
    return a_person()


def checkout_begun(person: User, *, price: str = PRICE, country: str = "DE", trial: bool = False) -> Subscription:
    """Return a subscription whose payer has not paid yet, but could."""
    subscription = start_subscription(person.pk, lookup_key=price, country=country, trial=trial, at=billing_now())
    do_tasks()
    return fresh(subscription)


def subscribed(person: User, *, price: str = PRICE, country: str = "DE", card: str = GOOD_CARD) -> Subscription:
    """Return a subscription that was paid on the sandbox's page."""
    subscription = checkout_begun(person, price=price, country=country)
    payment = Payment.objects.get(invoice__subscription=subscription)
    pay(payment.page_url, card=card)
    tell(payment.pk)
    return fresh(subscription)


def tell(payment_id: UUID) -> None:
    """Let us learn how far a payment is, and do what follows."""
    app.tasks["payments.ask_provider"](str(payment_id))
    do_tasks()


def do_tasks() -> None:
    """Do the tasks that payments has asked for, oldest first, until none is left; webhooks stay unsent."""
    asked = OutboxMessage.objects.using(DATABASE).filter(kind=OutboxMessage.Kind.TASK, published_at=None)
    while task := asked.exclude(name=WEBHOOKS).order_by("id").first():
        task.published_at = now()
        task.save(update_fields=["published_at"])
        app.tasks[task.name](*json.loads(task.body))


def told(event_type: str) -> list[dict[str, object]]:
    """Return the data of the events of a type that payments has recorded, in order."""
    rows = OutboxMessage.objects.using(DATABASE).filter(name=event_type).order_by("id")
    return [json.loads(row.body)["data"] for row in rows]


def fresh(subscription: Subscription) -> Subscription:
    """Return a subscription as it is now."""
    return Subscription.objects.select_related("price__plan", "customer").get(pk=subscription.pk)


def invoices_of(subscription: Subscription) -> list[Invoice]:
    """Return the invoices of a subscription, the oldest first."""
    return list(Invoice.objects.filter(subscription=subscription).order_by("number"))
