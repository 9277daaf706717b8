"""A few tasks for a worker in tests: `celery -A workers.app worker -I tests.support.lively`."""

import random
from collections.abc import Sequence
from typing import Any

from django.db import connections

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.errors import Refused
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.kernel.observability import trace as tracing
from apps.kernel.periodic.models import PeriodicRun
from tests.support.events import AT
from tests.support.messaging import deed
from workers.app import app
from workers.handlers import register

random.randint = lambda low, high: low  # type: ignore[assignment] # waits without jitter, as short as they can be


class NotToday(Refused):
    """There is no {what} today."""


@app.task(name="core.test_mark")
def mark(text: str) -> None:
    """Leave a mark with the story it was made in."""
    PeriodicRun.objects.create(task=f"{text} {tracing.current().correlation_id}", slot=AT)


@app.task(name="core.test_refuse")
def refuse() -> None:
    """Be refused."""
    raise NotToday(what="bread")


@app.task(name="core.test_stumble", bind=True)
def stumble(self) -> None:
    """Fail for no known reason, each time leaving a mark."""
    PeriodicRun.objects.create(task=f"stumbled {self.request.retries} {tracing.current().correlation_id}", slot=AT)
    raise KeyError("price")


_storms: list[str] = []


def _weather(events: Sequence[Envelope[Any]]) -> None:
    """Lose the connection the first time, and leave a mark the second."""
    if not _storms:
        _storms.append("the connection was lost")
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    PeriodicRun.objects.create(task="weathered", slot=AT)


WEATHER = deed("test_weather", _weather, context="users")
register([Subscription(UserSubscriptionChanged, WEATHER)])
