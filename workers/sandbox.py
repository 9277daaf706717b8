"""Doorbells of the sandbox, which is a provider of its own."""

from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.refunds import settle_refund
from apps.payments.adapters.sandbox.webhooks import send_webhook
from workers.app import app


@app.task(name="payments.send_sandbox_webhooks")
def send_sandbox_webhooks(event_id: str) -> None:
    """Tell an event by webhook."""
    send_webhook(event_id)


@app.task(name="payments.settle_sandbox_refund")
def settle_sandbox_refund(refund_id: str) -> None:
    """Let a refund arrive, or come back."""
    settle_refund(refund_id)


@app.task(name="payments.sandbox_pay_out")
def sandbox_pay_out() -> None:
    """Pay out what has come together."""
    pay_out()
