"""A few tasks for a worker in tests: `celery -A workers.app worker -I tests.support.lively`."""

import random

from apps.kernel.errors import Refused
from apps.kernel.observability import trace as tracing
from apps.kernel.periodic.models import PeriodicRun
from tests.support.events import AT
from workers.app import app

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
