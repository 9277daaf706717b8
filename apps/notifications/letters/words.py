"""What the words of a mail are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a mail: subject, paragraphs before the button, the button's text, and what stands below it.

    Nothing personal stands in a subject. A mail without a button has no link.
    """

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    below: tuple[str, ...] = ()
