"""Misbehave when asked to: for tests of whoever relies on a provider."""

from django.db import transaction
from django.db.models import F

from apps.payments.adapters.sandbox.happenings import DATABASE
from apps.payments.adapters.sandbox.models import Weather
from apps.payments.errors import ProviderAmbiguous, ProviderUnavailable

THE_WEATHER = 1


def weather() -> Weather:
    """Return how the sandbox behaves now."""
    return Weather.objects.filter(pk=THE_WEATHER).first() or Weather(pk=THE_WEATHER)


def make_weather(**how: float | int | bool) -> Weather:
    """Let the sandbox behave so from now on; what is not named goes well again."""
    made = Weather(pk=THE_WEATHER, **how)
    made.full_clean()
    made.save()
    return made


def refuse_in_bad_weather() -> None:
    """Raise ProviderUnavailable for as many calls as that was asked for, before anything is done."""
    if _spend("unavailable"):
        raise ProviderUnavailable()


def lose_answer_in_bad_weather(what: str) -> None:
    """Raise ProviderAmbiguous for as many calls as that was asked for, after all was done."""
    if _spend("ambiguous"):
        raise ProviderAmbiguous(what=what)


def _spend(kind: str) -> bool:
    with transaction.atomic(using=DATABASE):
        left = Weather.objects.filter(pk=THE_WEATHER, **{f"{kind}__gt": 0})
        return bool(left.update(**{kind: F(kind) - 1}))
