"""Which period follows another, also when we were late.

A renewal that comes late by no more than what was honoured all the same bills the next period, which joins the last
one. A later one bills nothing for the time between: the next period begins when we are back. So nobody pays for time in
which nobody served them, and no renewal ever bills more than one period.
"""

from dataclasses import dataclass
from datetime import datetime

from apps.payments.rules.calendar import period_end, period_start
from apps.payments.rules.dunning import honoured_until


@dataclass(frozen=True, slots=True)
class Period:
    """A billing period, and how it is counted."""

    anchor: datetime
    number: int
    start: datetime
    end: datetime


def next_period(
    *, anchor: datetime, number: int, last_end: datetime, interval: str, count: int, keeps_anchor: bool, at: datetime
) -> Period:
    """Return the period that follows the one that ended at `last_end`, the `number`-th since the anchor.

    `keeps_anchor` is false when periods are counted differently from now on: the next one is then the first.
    """
    following = number + 1 if keeps_anchor else 0
    joined = _period(anchor if keeps_anchor else last_end, following, interval=interval, count=count)
    if at >= min(joined.end, honoured_until(last_end, past_due_since=None)):
        return _period(at, 0, interval=interval, count=count)
    return joined


def _period(anchor: datetime, number: int, *, interval: str, count: int) -> Period:
    return Period(
        anchor=anchor,
        number=number,
        start=period_start(anchor, interval=interval, count=count, number=number),
        end=period_end(anchor, interval=interval, count=count, number=number),
    )
