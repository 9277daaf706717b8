"""Two servers in one process: the product's, and under /bare Django without middleware around `benchmarks.bare`."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponseBase
from django.test.utils import override_settings

from treum_project.wsgi import application as product


class BareHandler(WSGIHandler):
    """Django without any middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load none."""
        with override_settings(MIDDLEWARE=[]):
            super().load_middleware(is_async)

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer by the bare view."""
        request.urlconf = "benchmarks.bare"
        return super().get_response(request)


bare = BareHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer what is under /bare by the bare server, everything else by the product's."""
    server = bare if environ["PATH_INFO"].startswith("/bare") else product
    return server(environ, start_response)
