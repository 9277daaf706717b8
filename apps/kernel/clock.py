"""Wall time. Market time is the market clock's and never comes from here."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current moment as an aware UTC datetime."""
    return datetime.now(UTC)
