"""Signals' copy of what people may see."""

from collections.abc import Mapping, Sequence

from apps.kernel.standings import Features, Standing, remember
from apps.signals.apps import DATABASE
from apps.signals.models import Entitlement

REALTIME = "signals.realtime"
DELAY_MINUTES = "signals.delay_minutes"
TARGETS = "signals.targets"

LONGEST_DELAY = 2**31 - 1
"""The largest number of minutes that the column holds."""


def remember_standings(standings: Sequence[Standing]) -> None:
    """Keep the newest standing of each person; an older or repeated one changes nothing."""
    remember(standings, into=Entitlement, using=DATABASE, columns=_columns)


def _columns(features: Features) -> Mapping[str, object]:
    return {
        "realtime": features.get(REALTIME) is True,
        "delay_minutes": _minutes(features.get(DELAY_MINUTES)),
        "targets": features.get(TARGETS) is True,
    }


def _minutes(value: object) -> int | None:
    """Return a delay as it was stated, or None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_DELAY else None
