"""How exact values are written down: decimals in full, moments in UTC."""

from datetime import UTC, datetime
from decimal import Decimal


def plain(value: Decimal) -> str:
    """Return a decimal without exponent, trailing zeros or negative zero: Decimal("1E+2") is "100"."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def zulu(value: datetime) -> str:
    """Return an aware moment in ISO 8601, in UTC, with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
