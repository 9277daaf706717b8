"""Doorbells of the notifications context."""

from apps.notifications import services
from workers.app import app


@app.task(name="notifications.push")
def push(batch: str) -> None:
    """Bring a batch of notifications to open screens."""
    services.push(batch)


@app.task(name="notifications.push_left")
def push_left() -> None:
    """Ask again for batches that nobody pushed."""
    services.sweep_live_batches()
