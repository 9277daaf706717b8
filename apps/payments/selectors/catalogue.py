"""What is on sale, and the tax on it."""

from datetime import date

from django.db.models import Q

from apps.payments.errors import PriceUnknown
from apps.payments.models import Plan, Price, TaxRate

Value = str | int | bool


def price_on_sale(lookup_key: str) -> Price:
    """Return a price with its plan. Raises PriceUnknown for one that is not, or no longer, on sale."""
    prices = Price.objects.filter(lookup_key=lookup_key, active=True, plan__active=True, plan__fallback=False)
    price = prices.select_related("plan").first()
    if price is None:
        raise PriceUnknown(price=lookup_key)
    return price


def features_of(plan: Plan) -> dict[str, Value]:
    """Return the whole of what a plan brings, by the features' codes."""
    return {feature.feature_id: feature.value for feature in plan.features.all()}


def fallback_plan() -> Plan:
    """Return the plan that everyone has who has no other."""
    return Plan.objects.prefetch_related("features").get(fallback=True)


def tax_rate_on(day: date, *, country: str) -> TaxRate | None:
    """Return the tax of a country on a day, or None where there is none."""
    still = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    return TaxRate.objects.filter(still, country=country, valid_from__lte=day).first()


def days_without_tax(country: str) -> list[tuple[date, date | None]]:
    """Return the days behind its first rate on which a country has none: from one day to another, or without end."""
    days = list(TaxRate.objects.filter(country=country).order_by("valid_from").values_list("valid_from", "valid_to"))
    begins = [*(first for first, _ in days[1:]), None]
    return [(last, begin) for (_, last), begin in zip(days, begins, strict=True) if last is not None and last != begin]
