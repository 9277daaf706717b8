"""What people may choose: languages, time zones and currencies that exist, in the spelling of their standards."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_locale_identifier, parse_locale
from babel.numbers import get_territory_currencies

_NO_LANGUAGES = frozenset({"mis", "mul", "und", "zxx"})
_OF_THIS_MACHINE = frozenset({"localtime", "Factory"})


def language_tag(text: str) -> str | None:
    """Return a BCP 47 tag (RFC 5646) in its usual case; None unless language, script and region are known to CLDR."""
    try:
        language, territory, script, *rest = parse_locale(text, sep="-")
    except ValueError:
        return None
    known = _names()
    if any(rest) or language in _NO_LANGUAGES or language not in known.languages:
        return None
    if (territory and territory not in known.territories) or (script and script not in known.scripts):
        return None
    return get_locale_identifier((language, territory, script), sep="-")


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA time zone database."""
    return frozenset(available_timezones()) - _OF_THIS_MACHINE


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that are legal tender somewhere today."""
    today = datetime.now(UTC).date()
    regions = [str(region) for region in _names().territories if len(str(region)) == 2]
    return frozenset(code for region in regions for code in get_territory_currencies(region, start_date=today))


@cache
def _names() -> Locale:
    return Locale("en")
