"""Rows for the built-in strategies, one per timeframe, made once."""

from django.db import transaction

from apps.signals.apps import DATABASE
from apps.signals.enums import Timeframe
from apps.signals.models import Strategy
from apps.signals.rules.timeframes import length_of
from apps.signals.services.catalogue import tell_strategy
from apps.signals.strategies import RULES, rule_of


def ensure_strategy(code: str, *, timeframe: str) -> Strategy:
    """Return the row of a built-in strategy on a timeframe. Raises UnknownStrategy or UnknownTimeframe."""
    length_of(timeframe)
    rule = rule_of(code)
    facts = {"name": rule.name, "description": rule.description, "parameters": rule.all_parameters()}
    with transaction.atomic(using=DATABASE):
        strategy, created = Strategy.objects.get_or_create(
            code=rule.code, version=rule.version, timeframe=timeframe, defaults=facts
        )
        if created:
            tell_strategy(strategy)
    return strategy


def seed_strategies(*, timeframe: str = Timeframe.H1) -> list[Strategy]:
    """Return the rows of all built-in strategies on a timeframe; making them twice changes nothing."""
    return [ensure_strategy(code, timeframe=timeframe) for code in RULES]
