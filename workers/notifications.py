"""Doorbells of the notifications context."""

from uuid import UUID

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


@app.task(name="notifications.close_streams")
def close_streams(user_ids: list[str]) -> None:
    """Delete the live streams of people who were erased."""
    services.close_streams(user_ids)


@app.task(name="notifications.send_mails")
def send_mails(deliveries: list[str]) -> None:
    """Send a batch of mails."""
    services.send_mails([UUID(delivery) for delivery in deliveries])


@app.task(name="notifications.sweep_mails")
def sweep_mails() -> None:
    """Ask again for mails that nobody sent."""
    services.sweep_deliveries()
