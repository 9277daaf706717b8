"""The plans as everyone may read them."""

from django.db.models import Prefetch, QuerySet

from apps.payments.models import Plan, Price

PLANS_KEPT = "plans"
"""The group of kept answers that show plans."""


def plans() -> QuerySet[Plan]:
    """Return the plans on sale, with their features and the prices on sale."""
    prices = Prefetch("prices", Price.objects.filter(active=True).order_by("currency", "unit_amount"))
    return Plan.objects.filter(active=True).prefetch_related(prices, "features")
