"""JSON that no view could make anything of, whatever it expects: refused before any of them tries."""

import json
from typing import Any

from django.http import HttpRequest

from apps.kernel.gateway.errors import BodyUnreadable, NameTwice

_SURROGATE = rb"\ud"
_BEGINNINGS = (b"{", b"[", b'"')


def check_body(request: HttpRequest) -> None:
    """Refuse JSON that says two things at once, is nested too deeply, has endless numbers, or text that is no Unicode.

    Raises NameTwice or BodyUnreadable. Anything else that is wrong is left to the view, which can say it in its words.
    """
    body = request.body
    if not body.lstrip().startswith(_BEGINNINGS):
        return
    try:
        parsed = json.loads(body, object_pairs_hook=_named_once)
        if _SURROGATE in body.lower():
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return
    except (RecursionError, ValueError) as error:
        raise BodyUnreadable() from error


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; which of two values of a name was meant nobody knows (RFC 8259, section 4)."""
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        raise NameTwice(name=next(name for name in names if names.count(name) > 1))
    return named
