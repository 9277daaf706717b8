"""Which change of a price takes effect now, and which at the end of the period."""

from dataclasses import dataclass

from apps.payments.enums import Interval
from apps.payments.rules.calendar import MONTHS


@dataclass(frozen=True, slots=True)
class Terms:
    """What matters of a price when it is exchanged for another."""

    rank: int
    interval: str
    interval_count: int

    @property
    def months(self) -> int:
        """How many months a period has."""
        return MONTHS[Interval(self.interval)] * self.interval_count


def is_upgrade(before: Terms, after: Terms) -> bool:
    """Return whether a change is one upward: to a higher rank, or to longer periods of the same."""
    return (after.rank, after.months) > (before.rank, before.months)


def same_periods(before: Terms, after: Terms) -> bool:
    """Return whether both count their periods alike, so that the current one can go on."""
    return (before.interval, before.interval_count) == (after.interval, after.interval_count)
