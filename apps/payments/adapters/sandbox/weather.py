"""Misbehave when asked to: for tests of whoever relies on a provider, and for people who want to see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from django.db import transaction
from django.db.models import F

from apps.kernel.clock import now
from apps.payments.adapters.sandbox.happenings import DATABASE
from apps.payments.adapters.sandbox.models import Event, Weather
from apps.payments.errors import ProviderAmbiguous, ProviderUnavailable

THE_WEATHER = 1
REORDERED_SECONDS = 3
"""By how much webhooks that are sent out of order are late at most."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to become of a webhook."""

    is_lost: bool
    late_seconds: int
    copies: int


def let_calls(*, ambiguous: int = 0, unavailable: int = 0) -> None:
    """Do the next calls that write without answering, or refuse them before anything is done; then all goes well."""
    _change(ambiguous=ambiguous, unavailable=unavailable)


def let_webhooks(
    *, lose: float = 0, delay_seconds: int = 0, copies: int = 1, reorder: bool = False, seed: int = 0
) -> None:
    """Tell of what happens from now on so badly; with the same seed the same happenings have the same fates."""
    _change(lose=lose, delay_seconds=delay_seconds, copies=copies, reorder=reorder, seed=seed, since=now())


def fate_of(event: Event) -> Fate:
    """Return what is to become of the webhook of an event."""
    sky = _weather()
    if sky.since is None or event.created_at < sky.since:
        return Fate(is_lost=False, late_seconds=0, copies=1)
    place = Event.objects.filter(created_at__gte=sky.since, created_at__lt=event.created_at).count()
    dice = Random(f"{sky.seed}:{place}")
    is_lost, out_of_order = dice.random() < sky.lose, dice.randint(0, REORDERED_SECONDS)
    return Fate(is_lost, sky.delay_seconds + (out_of_order if sky.reorder else 0), sky.copies)


@contextmanager
def answered(deed: str) -> Iterator[None]:
    """Let a call through: unless it is refused before anything is done, or its answer is lost after all was done."""
    if _spend("unavailable"):
        raise ProviderUnavailable()
    yield
    if _spend("ambiguous"):
        raise ProviderAmbiguous(what=deed)


def _weather() -> Weather:
    return Weather.objects.filter(pk=THE_WEATHER).first() or Weather(pk=THE_WEATHER)


def _change(**how: object) -> None:
    changed = _weather()
    for name, value in how.items():
        setattr(changed, name, value)
    changed.full_clean(validate_unique=False)
    changed.save()


def _spend(kind: str) -> bool:
    with transaction.atomic(using=DATABASE):
        left = Weather.objects.filter(pk=THE_WEATHER, **{f"{kind}__gt": 0})
        return bool(left.update(**{kind: F(kind) - 1}))
