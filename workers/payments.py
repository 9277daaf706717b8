"""Doorbells of the payments context."""

from datetime import datetime
from uuid import UUID

from apps.payments import services
from workers.app import app

HOURS = 6
WEEK_HOURS = 7 * 24
"""How far back the hourly comparison looks."""


@app.task(name="payments.ask_provider")
def ask_provider(payment_id: str) -> None:
    """Take a payment to the provider, or ask how far it is."""
    services.ask_provider(UUID(payment_id))


@app.task(name="payments.ask_setup")
def ask_setup(subscription_id: str) -> None:
    """Have a card made usable for a trial."""
    services.ask_setup(UUID(subscription_id))


@app.task(name="payments.abandon")
def abandon(payment_id: str) -> None:
    """Cancel a payment that nobody waits for any more."""
    services.abandon_payment(UUID(payment_id))


@app.task(name="payments.abandon_setup")
def abandon_setup(setup_id: str) -> None:
    """Cancel a setup that nobody waits for any more."""
    services.abandon_setup(setup_id)


@app.task(name="payments.resolve")
def resolve() -> None:
    """Ask for the payments, refunds and webhooks whose end is not known."""
    services.resolve_payments()
    services.resolve_refunds()
    services.handle_notices()


@app.task(name="payments.run_due")
def run_due() -> None:
    """Do what has come due for subscriptions."""
    services.run_due(services.billing_now())


@app.task(name="payments.retry_due")
def retry_due() -> None:
    """Collect again what could not be collected."""
    services.retry_due(services.billing_now())


@app.task(name="payments.ask_refund")
def ask_refund(refund_id: str) -> None:
    """Take a refund to the provider, or ask how far it is."""
    services.ask_refund(UUID(refund_id))


@app.task(name="payments.handle_notice")
def handle_notice(notice_id: int) -> None:
    """Ask the provider for what a webhook was about."""
    services.handle_notice(notice_id)


@app.task(name="payments.reconcile")
def reconcile(hours: int = HOURS) -> None:
    """Compare the last hours with the provider's."""
    services.reconcile_lately(hours)


@app.task(name="payments.reconcile_week")
def reconcile_week() -> None:
    """Compare the last week with the provider's."""
    services.reconcile_lately(WEEK_HOURS)


@app.task(name="payments.detach_method")
def detach_method(method_id: str) -> None:
    """Have the provider forget a card."""
    services.detach_method(UUID(method_id))


@app.task(name="payments.forget_plans")
def forget_plans(since: str) -> None:
    """Have the price list read anew."""
    services.forget_plans(datetime.fromisoformat(since))


@app.task(name="payments.restate_plan")
def restate_plan(plan_id: int, after: str) -> None:
    """Tell the next page of a plan's customers what it brings."""
    services.restate_plan(plan_id, after=UUID(after))


@app.task(name="payments.recognise")
def recognise() -> None:
    """Earn what the days that are over have earned."""
    services.recognise_past_days()
