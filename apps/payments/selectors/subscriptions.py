"""Subscriptions with what they are shown with."""

from django.db.models import QuerySet

from apps.payments.models import Subscription


def subscriptions() -> QuerySet[Subscription]:
    """Return subscriptions with their prices and plans."""
    return Subscription.objects.select_related("price__plan", "next_price__plan")
