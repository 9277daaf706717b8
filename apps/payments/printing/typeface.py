"""The one typeface of our documents, and what is made of letters that it lacks.

Noto Sans (SIL Open Font License) covers Latin, Greek, Cyrillic and Vietnamese. Scripts that need shaping or another
direction, and Chinese, Japanese and Korean, it does not: a question mark stands for each of their letters.
"""

import unicodedata
from functools import cache
from pathlib import Path

import fontpkg_noto_sans
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

TYPEFACE = "Noto Sans"
INSTEAD = "?"
FILE = Path(fontpkg_noto_sans.__file__).parent / "files" / "NotoSans[wdth,wght].ttf"


@cache
def typeface() -> TTFont:
    """Return the typeface, which reportlab knows by its name from then on."""
    font = TTFont(TYPEFACE, str(FILE))
    pdfmetrics.registerFont(font)
    return font


def printable(text: str, *, most: int) -> str:
    """Return a text on one line of at most so many letters, with `?` for each letter that we cannot print."""
    flat = _on_one_line(text)
    short = flat if len(flat) <= most else f"{flat[: most - 1]}…"
    return "".join(letter if _is_known(letter) else INSTEAD for letter in short)


def lacks_letters(text: str) -> bool:
    """Tell whether a text has letters that we cannot print."""
    return not all(map(_is_known, _on_one_line(text)))


def _on_one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_known(letter: str) -> bool:
    return ord(letter) in typeface().face.charToGlyph
