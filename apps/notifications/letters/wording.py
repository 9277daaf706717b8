"""The languages that mails are written in."""

from collections.abc import Mapping

from apps.notifications.letters.english import ENGLISH
from apps.notifications.letters.words import Language

FALLBACK = ENGLISH
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH}


def language_for(locale: str) -> Language:
    """Return the language of a locale such as "de-AT", or English."""
    return LANGUAGES.get(locale.partition("-")[0].lower(), FALLBACK)
