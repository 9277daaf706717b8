"""Doorbells of the sandbox, which is a provider of its own."""

from apps.payments.adapters.sandbox.webhooks import send_webhook
from workers.app import app


@app.task(name="payments.send_sandbox_webhooks")
def send_sandbox_webhooks(event_id: str) -> None:
    """Tell an event by webhook."""
    send_webhook(event_id)
