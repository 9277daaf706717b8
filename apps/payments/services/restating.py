"""Tell what a plan brings to everybody who has it, after staff have changed it; and have the price list read anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.kernel.caching.kept import forget
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.models import Customer, Plan, Subscription
from apps.payments.rules.lifecycle import ENTITLING
from apps.payments.selectors.plans import PLANS_KEPT
from apps.payments.services.clock import billing_now
from apps.payments.services.standing import state_plan

CUSTOMERS_PER_PAGE = 500
THE_FIRST = UUID(int=0)


def note_catalogue_edit() -> None:
    """Have the price list read anew by every process, once the transaction of the edit is committed."""
    request("payments.forget_plans", now().isoformat(), using=DATABASE)


def note_features_edit(plan_id: int) -> None:
    """Have everyone on a plan be told what it brings now, once the transaction of the edit is committed."""
    request("payments.restate_plan", plan_id, str(THE_FIRST), using=DATABASE)


def forget_plans(since: datetime) -> None:
    """Make every process read the plans anew. Raises a RedisError."""
    forget([PLANS_KEPT], using=DATABASE, since=since)


def restate_plan(plan_id: int, *, after: UUID) -> None:
    """State the standing of the next page of a plan's customers, and ask for the page that follows.

    Harmless when repeated: what is stated is what holds at that moment.
    """
    with transaction.atomic(using=DATABASE):
        plan = Plan.objects.prefetch_related("features").get(pk=plan_id)
        ids = list(_having(plan).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CUSTOMERS_PER_PAGE])
        page = list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        newest = _newest_subscriptions(page)
        still = [customer for customer in page if _has(plan, newest.get(customer.pk))]
        if still:
            state_plan(still, plan=plan, subscriptions=newest, at=billing_now())
        if len(ids) == CUSTOMERS_PER_PAGE:
            request("payments.restate_plan", plan_id, str(ids[-1]), using=DATABASE)


def _having(plan: Plan) -> QuerySet[Customer]:
    """Return the customers whose features are a plan's: its subscribers, or everyone without an entitling one."""
    entitling = Subscription.objects.filter(customer=OuterRef("pk"), status__in=ENTITLING)
    with_it = Exists(entitling.filter(price__plan=plan))
    return Customer.objects.filter(with_it | ~Exists(entitling) if plan.fallback else with_it)


def _has(plan: Plan, newest: Subscription | None) -> bool:
    """Tell whether a plan's features are still those of a customer, now that they are locked."""
    if newest is None or newest.status not in ENTITLING:
        return plan.fallback
    return newest.price.plan_id == plan.pk


def _newest_subscriptions(customers: Sequence[Customer]) -> dict[UUID, Subscription]:
    newest = Subscription.objects.filter(customer__in=customers).order_by("customer_id", "-pk").distinct("customer_id")
    return {subscription.customer_id: subscription for subscription in newest.select_related("price")}
