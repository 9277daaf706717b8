"""The clock of billing: the wall's, but for a sandbox whose clock was moved ahead to see what time will bring."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.kernel.clock import now
from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.errors import ClockFixed
from apps.payments.models import BillingClock

SANDBOX = "sandbox"
THE_CLOCK = 1


def billing_now() -> datetime:
    """Return the current moment of billing, aware, in UTC."""
    if settings.TREUM_PAYMENTS_PROVIDER != SANDBOX:
        return now()
    clock = BillingClock.objects.filter(pk=THE_CLOCK).first()
    return now() if clock is None else now() + clock.ahead


def advance_clock(by: timedelta) -> datetime:
    """Move the clock ahead, ask for what is due then, and return the new moment. Raises ClockFixed."""
    if settings.TREUM_PAYMENTS_PROVIDER != SANDBOX:
        raise ClockFixed(provider=settings.TREUM_PAYMENTS_PROVIDER)
    with transaction.atomic(using=DATABASE):
        BillingClock.objects.get_or_create(pk=THE_CLOCK, defaults={"ahead": timedelta(0)})
        clock = BillingClock.objects.select_for_update().get(pk=THE_CLOCK)
        clock.ahead += by
        clock.save(update_fields=["ahead"])
        for task in ("payments.run_due", "payments.retry_due", "payments.recognise"):
            request(task, using=DATABASE)
        return billing_now()
