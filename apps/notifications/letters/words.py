"""What the words of a mail are made of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a mail: subject, paragraphs before the button, the button's text, and what stands below it.

    Nothing personal stands in a subject. `{moment}` in a paragraph is when it happened; a letter may have more facts to
    fill in. Without a text for the button
    the mail has neither button nor link.
    """

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """All that mails say in one language. `tag` names it as BCP 47 does; `date` is a pattern of Unicode's CLDR.

    `reasons` say why a payment failed, by the provider's code; the one of "" is for all others.
    """

    tag: str
    date: str
    greeting: str
    greeting_by_name: str
    letters: Mapping[str, Words]
    reasons: Mapping[str, str]

    def words_for(self, kind: str, *, notice: str) -> Words:
        """Return the words of a kind of mail; a security notice has words for each notice, or else the general ones."""
        return self.letters.get(f"{kind}.{notice}", self.letters[kind])

    def reason(self, code: str) -> str:
        """Return why a payment failed; of most codes a payer learns no more than that their bank said no."""
        return self.reasons.get(code, self.reasons[""])
