"""The countries that payers live in."""

from functools import cache

from babel import Locale

_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR that stand for unions, for the unknown and for tests."""


@cache
def countries() -> dict[str, str]:
    """Return the two-letter codes of ISO 3166-1 with their names."""
    named = Locale("en").territories.items()
    return {str(code): str(name) for code, name in named if len(code) == 2 and code not in _NO_COUNTRIES}
