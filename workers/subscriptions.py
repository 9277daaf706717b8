"""Which context handles which event: the contexts' own tables, put together."""

from apps.education import handlers as education
from apps.kernel.inbox.subscriptions import Subscription
from apps.notifications import handlers as notifications
from apps.payments import handlers as payments
from apps.signals import handlers as signals
from apps.trading import handlers as trading
from apps.users import handlers as users

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *signals.SUBSCRIPTIONS,
    *trading.SUBSCRIPTIONS,
    *notifications.SUBSCRIPTIONS,
    *users.SUBSCRIPTIONS,
    *payments.SUBSCRIPTIONS,
    *education.SUBSCRIPTIONS,
)


def contexts() -> list[str]:
    """Return the contexts that subscribe to anything."""
    return sorted({subscription.context for subscription in SUBSCRIPTIONS})


def of(context: str) -> list[Subscription]:
    """Return the subscriptions of one context."""
    return [subscription for subscription in SUBSCRIPTIONS if subscription.context == context]
