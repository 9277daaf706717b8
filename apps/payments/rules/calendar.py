"""When billing periods begin and end.

Every end is counted from the anchor, never from the end before it: the 31st of January is followed by the 28th of
February and then by the 31st of March. A period holds its first second and not its last.
"""

from calendar import monthrange
from datetime import datetime, timedelta

from apps.payments.enums import Interval

MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}


def period_start(anchor: datetime, *, interval: Interval | str, count: int, number: int) -> datetime:
    """Return the beginning of the `number`-th period since the anchor; period 0 begins at the anchor."""
    return _months_after(anchor, MONTHS[Interval(interval)] * count * number)


def period_end(anchor: datetime, *, interval: Interval | str, count: int, number: int) -> datetime:
    """Return the end of the `number`-th period since the anchor; period 0 ends one interval after the anchor."""
    return period_start(anchor, interval=interval, count=count, number=number + 1)


def whole_seconds(start: datetime, end: datetime) -> int:
    """Return the seconds from one moment to another, each cut to its second; 0 when the second is not later."""
    return max(0, (end.replace(microsecond=0) - start.replace(microsecond=0)) // timedelta(seconds=1))


def _months_after(anchor: datetime, months: int) -> datetime:
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, monthrange(year, month + 1)[1]))
