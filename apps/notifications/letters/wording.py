"""The words of a mail, found by kind and language."""

from collections.abc import Mapping

from apps.notifications.letters import english
from apps.notifications.letters.words import Words

TABLES: Mapping[str, Mapping[str, Words]] = {"en": english.WORDS}
FALLBACK = "en"


def words_for(kind: str, *, notice: str, locale: str) -> Words:
    """Return the words of a kind of mail in a language, or in English; a security notice has words for each notice."""
    table = TABLES.get(locale.partition("-")[0].lower(), TABLES[FALLBACK])
    name = f"{kind}.{notice}" if notice else kind
    return table.get(name) or table[kind]
