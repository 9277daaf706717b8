"""How patient we are with a renewal that is not paid, and how long others honour what we said last."""

from datetime import datetime, timedelta

from django.conf import settings

LATENESS = timedelta(days=1)
"""How late our own renewals may be before nobody honours what was paid for any more."""


def next_attempt_at(attempts: int, *, failed_at: datetime) -> datetime | None:
    """Return when a renewal that has failed `attempts` times is tried again, or None after the last time."""
    days: list[int] = settings.TREUM_PAYMENTS_DUNNING_DAYS
    return failed_at + timedelta(days=days[attempts - 1]) if 0 < attempts <= len(days) else None


def grace_ends_at(past_due_since: datetime) -> datetime:
    """Return when a subscription ends that has not been paid for since then."""
    return past_due_since + timedelta(days=settings.TREUM_PAYMENTS_GRACE_DAYS)


def honoured_until(period_end: datetime, *, past_due_since: datetime | None) -> datetime:
    """Return the moment after which nobody honours a subscription that we have said nothing more about.

    One that is paid for is honoured for the grace that a failed renewal would have; one that is past due for no longer
    than the grace it has.
    """
    return grace_ends_at(past_due_since or period_end) + LATENESS
