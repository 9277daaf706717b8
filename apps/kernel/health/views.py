"""Two questions for whoever runs this process: does it live, and may it be given work?"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from health_check.base import HealthCheck
from health_check.checks import Database
from health_check.views import HealthCheckView

from apps.kernel.health.checks import RabbitMQ, Redis

HTTP_UNHEALTHY = 503


class _JsonHealthView(HealthCheckView):  # type: ignore[misc] # django-health-check has no types
    """Always JSON: 200 when every check passes, else 503, with a word on each."""

    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the question."""
        await super().get(request, *args, **kwargs)
        healthy = not any(result.error for result in self.results)
        document = {
            "status": "ok" if healthy else "unavailable",
            "checks": {_name(result.check): str(result.error) if result.error else "ok" for result in self.results},
        }
        return JsonResponse(document, status=200 if healthy else HTTP_UNHEALTHY)

    def render_to_response(self, context: Any, **response_kwargs: Any) -> HttpResponse:
        """Replace the library's page, whose template nobody sees here."""
        return HttpResponse()


class LiveView(_JsonHealthView):
    """The process answers. It asks nobody else, so that a dead database does not get live processes killed."""

    checks = ()


class ReadyView(_JsonHealthView):
    """The databases of all contexts, Redis and RabbitMQ are within reach."""

    def get_checks(self) -> Iterable[HealthCheck]:
        """Return the checks to run."""
        return [*(Database(alias=alias) for alias in settings.DATABASES), Redis(), RabbitMQ()]


def _name(check: HealthCheck) -> str:
    return f"database.{check.alias}" if isinstance(check, Database) else type(check).__name__.lower()
