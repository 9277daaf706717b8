"""Let billing time go by, and put other cards on file."""

from datetime import datetime, timedelta

from apps.kernel.clock import now
from apps.payments.provider import the_provider
from apps.payments.services import advance_clock, apply_setup, billing_now, card_link, page_behind, retry_due, run_due
from apps.users.models import User
from tests.support.billing import do_tasks
from tests.support.checkout import pay


def later(*, days: float = 0, hours: float = 0) -> datetime:
    """Move the billing clock ahead at one go, do what is due then, and return the new moment."""
    at = advance_clock(timedelta(days=days, hours=hours))
    come_due()
    return at


def come_due() -> None:
    """Do what is due now, and what follows from it."""
    run_due(billing_now())
    retry_due(billing_now())
    do_tasks()


def add_card(person: User, *, card: str, nonce: str = "one") -> None:
    """Add a card on the provider's page; it becomes the default."""
    began = now() - timedelta(minutes=1)
    link = card_link(person.pk, nonce=nonce)
    page = page_behind(link.rsplit("/", 1)[1])
    before = {setup.id for setup in the_provider().setups(since=began) if setup.method is not None}
    pay(page, card=card)
    for setup in the_provider().setups(since=began):
        if setup.id not in before:
            apply_setup(setup)
    do_tasks()
