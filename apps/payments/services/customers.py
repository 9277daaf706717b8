"""Know people as payers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.payments.apps import DATABASE
from apps.payments.models import Customer
from apps.payments.services.locks import lock_customer
from apps.payments.services.standing import state_fallback


def customer_of(user_id: UUID) -> Customer:
    """Return a person as a payer, whom we may meet for the first time; not locked."""
    customer, _ = Customer.objects.get_or_create(user_id=user_id)
    return customer


def welcome(user_ids: Sequence[UUID], *, at: datetime) -> None:
    """State the standing of people who are new here: the plan that everyone has. Harmless when repeated."""
    with transaction.atomic(using=DATABASE):
        Customer.objects.bulk_create([Customer(user_id=user) for user in user_ids], ignore_conflicts=True)
        unstated = Customer.objects.select_for_update().filter(user_id__in=user_ids, standing_version=0)
        state_fallback(list(unstated.order_by("pk")), at=at)


def move_to(user_id: UUID, *, country: str) -> None:
    """Note the country that a person lives in. Its tax is charged from their next invoice on."""
    with transaction.atomic(using=DATABASE):
        customer = lock_customer(customer_of(user_id).pk)
        customer.country = country
        customer.save(update_fields=["country"])
