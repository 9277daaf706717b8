"""JSON that no view could make anything of, whatever it expects: refused before any of them tries."""

import json

from django.http import HttpRequest

from apps.kernel.gateway.errors import BodyUnreadable

_SURROGATE = rb"\ud"
_BEGINNINGS = (b"{", b"[", b'"')


def check_body(request: HttpRequest) -> None:
    """Raise BodyUnreadable for JSON that is nested too deeply, has endless numbers, or text that is no Unicode.

    Anything else that is wrong is left to the view, which can say it in its own words.
    """
    body = request.body
    if not body.lstrip().startswith(_BEGINNINGS):
        return
    try:
        parsed = json.loads(body)
        if _SURROGATE in body.lower():
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return
    except (RecursionError, ValueError) as error:
        raise BodyUnreadable() from error
