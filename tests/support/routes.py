"""Every address of the web process, from its own table of them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One line of the table: its name with namespaces, its path with `{}` for what varies, and what answers there."""

    name: str
    path: str
    view: Callable[..., Any]

    def methods(self) -> list[str]:
        """Return the methods that the view knows, as far as it says so."""
        actions = getattr(self.view, "actions", None)
        if actions is not None:
            return [method for method in METHODS if method.lower() in actions]
        handler = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        return [method for method in METHODS if hasattr(handler, method.lower())]


def routes() -> list[Route]:
    """Return every route, in the order of their names."""
    return sorted(_below(get_resolver().url_patterns, "/", ()), key=lambda route: (route.name, route.path))


def _below(entries: Sequence[Any], path: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in entries:
        here = path + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _below(entry.url_patterns, here, inner)
        elif isinstance(entry, URLPattern):
            yield Route(":".join([*namespaces, entry.name or f"unnamed {here}"]), here, entry.callback)


def _plain(pattern: str) -> str:
    without_anchors = re.sub(r"^\^|\\Z$|\$$", "", pattern)
    return re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>", "{}", without_anchors)
