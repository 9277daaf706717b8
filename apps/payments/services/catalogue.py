"""Put the first catalogue in place."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.payments.apps import DATABASE
from apps.payments.models import Feature, Plan, PlanFeature, Price, TaxRate
from apps.payments.seeds import FEATURES, PLANS, TAX_BEHAVIOR, TAX_RATES


def seed_catalogue() -> bool:
    """Store features, plans, prices and taxes where there is no plan yet. Return whether anything was stored."""
    with transaction.atomic(using=DATABASE):
        if Plan.objects.exists():
            return False
        Feature.objects.bulk_create(
            [Feature(code=code, kind=kind, description=text) for code, (kind, text) in FEATURES.items()],
            ignore_conflicts=True,
        )
        for code, plan in PLANS.items():
            _store(code, plan)
        TaxRate.objects.bulk_create(
            TaxRate(country=country, percentage=Decimal(percent), valid_from=first, valid_to=last)
            for country, percent, first, last in TAX_RATES
        )
    return True


def _store(code: str, told: Mapping[str, Any]) -> None:
    rest = {name: value for name, value in told.items() if name not in ("features", "prices")}
    plan = Plan.objects.create(code=code, **rest)
    PlanFeature.objects.bulk_create(
        PlanFeature(plan=plan, feature_id=feature, value=value) for feature, value in told["features"].items()
    )
    Price.objects.bulk_create(
        Price(
            plan=plan,
            lookup_key=f"{code}-{currency.lower()}-{interval}",
            currency=currency,
            interval=interval,
            unit_amount=amount,
            tax_behavior=behavior,
        )
        for currency, behavior in TAX_BEHAVIOR.items()
        for interval, amount in told["prices"].items()
    )
