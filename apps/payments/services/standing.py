"""Move a subscription from one status to another, and state what its owner may use from then on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from apps.contracts.events.payments import SubscriptionChanged
from apps.kernel.outbox.recorder import record, record_batches
from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus
from apps.payments.errors import TransitionRefused
from apps.payments.models import Customer, Plan, Subscription, SubscriptionChange
from apps.payments.rules.dunning import honoured_until
from apps.payments.rules.lifecycle import ENTITLING, OVER, may_become
from apps.payments.selectors.catalogue import Value, fallback_plan, features_of

_COUNT = """
    UPDATE payments_customer SET standing_version = standing_version + 1 WHERE id = ANY(%s::uuid[])
    RETURNING id, standing_version
"""


def transition(subscription: Subscription, *, to: SubscriptionStatus, because: str, at: datetime) -> None:
    """Give a subscription another status, note it and state the standing. Its customer is locked by the caller.

    Whatever else was changed on the object is stored with it. Raises TransitionRefused.
    """
    before = SubscriptionStatus(subscription.status)
    if not may_become(before, to):
        raise TransitionRefused(before=before.value, after=to.value)
    subscription.status = to
    if to in OVER:
        subscription.ended_at, subscription.ended_because = at, because
        subscription.next_action_at = None
    _note(subscription, before=before, because=because, at=at)


def note_change(subscription: Subscription, *, because: str, at: datetime) -> None:
    """Note a change that leaves the status as it is (a price, a period, an intention), and state the standing."""
    _note(subscription, before=SubscriptionStatus(subscription.status), because=because, at=at)


def note_beginning(subscription: Subscription, *, at: datetime) -> None:
    """Note a new subscription, which entitles to nothing yet."""
    _note(subscription, before=None, because="created", at=at)


def state_standing(customer: Customer, *, subscription: Subscription | None, at: datetime) -> None:
    """Record `subscription.changed`: what the customer may use from now on. The customer is locked by the caller."""
    entitled = subscription is not None and subscription.status in ENTITLING
    plan = subscription.price.plan if subscription is not None and entitled else fallback_plan()
    version = _next_versions([customer.pk])[customer.pk]
    stated = _statement(customer, version=version, plan=plan.code, features=features_of(plan), at=at)
    if subscription is not None:
        stated = stated.model_copy(update=_of_subscription(subscription, entitled=entitled))
    record(stated, using=DATABASE)


def state_fallback(customers: Sequence[Customer], *, at: datetime) -> None:
    """Record `subscription.changed` for customers without a subscription, who are locked by the caller."""
    state_plan(customers, plan=fallback_plan(), subscriptions={}, at=at)


def state_plan(
    customers: Sequence[Customer], *, plan: Plan, subscriptions: Mapping[UUID, Subscription], at: datetime
) -> None:
    """Record `subscription.changed` for customers who all have one plan, and are locked by the caller.

    `subscriptions` are their newest ones, by customer.
    """
    features = features_of(plan)
    versions = _next_versions([customer.pk for customer in customers])
    stated = []
    for customer in customers:
        statement = _statement(customer, version=versions[customer.pk], plan=plan.code, features=features, at=at)
        subscription = subscriptions.get(customer.pk)
        if subscription is not None:
            told = _of_subscription(subscription, entitled=subscription.status in ENTITLING)
            statement = statement.model_copy(update=told)
        stated.append(statement)
    record_batches(stated, using=DATABASE)


def _statement(
    customer: Customer, *, version: int, plan: str, features: dict[str, Value], at: datetime
) -> SubscriptionChanged:
    return SubscriptionChanged(
        user_id=customer.user_id,
        standing_version=version,
        subscription_id=None,
        subscription_version=None,
        status=None,
        plan=plan,
        features=features,
        current_period_end=None,
        cancel_at_period_end=False,
        valid_until=None,
        changed_at=at,
    )


def _of_subscription(subscription: Subscription, *, entitled: bool) -> dict[str, Any]:
    told = {
        "subscription_id": subscription.pk,
        "subscription_version": subscription.version,
        "status": SubscriptionStatus(subscription.status).value,
    }
    if not entitled:
        return told
    return told | {
        "current_period_end": subscription.current_period_end,
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "valid_until": honoured_until(subscription.current_period_end, past_due_since=subscription.past_due_since),
    }


def _next_versions(customer_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count one statement more for each customer, and return how many that makes."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_COUNT, [[str(customer_id) for customer_id in customer_ids]])
        return dict(cursor.fetchall())


def _note(subscription: Subscription, *, before: SubscriptionStatus | None, because: str, at: datetime) -> None:
    subscription.version += 1
    subscription.save()
    SubscriptionChange.objects.create(
        subscription=subscription,
        version=subscription.version,
        before=before or "",
        after=subscription.status,
        price=subscription.price,
        because=because,
        changed_at=at,
    )
    state_standing(subscription.customer, subscription=subscription, at=at)
