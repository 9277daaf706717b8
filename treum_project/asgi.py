"""The stream process: `uvicorn treum_project.asgi:application --lifespan off --timeout-graceful-shutdown 3`."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "treum_project.settings.local")
django.setup(set_prefix=False)


class StreamHandler(ASGIHandler):
    """Django with the stream's addresses only: everything else belongs to the web process."""

    async def read_body(self, receive: Callable[[], Awaitable[Any]]) -> IO[bytes]:
        """Receive the body, and keep no more of it than the gate needs to see that it is too large."""
        room = settings.TREUM_MAX_BODY_BYTES + 1

        async def receive_trimmed() -> Any:
            nonlocal room
            message = await receive()
            body = message.get("body", b"")[:room]
            room -= len(body)
            return {**message, "body": body}

        return await super().read_body(receive_trimmed)

    def create_request(
        self, scope: Mapping[str, Any], body_file: IO[bytes]
    ) -> tuple[ASGIRequest, None] | tuple[None, HttpResponseBase]:
        """Build the request, to be resolved by the stream's URLs."""
        built = super().create_request(scope, body_file)
        if built[0] is not None:
            built[0].urlconf = "treum_project.stream_urls"
        return built


application = StreamHandler()
