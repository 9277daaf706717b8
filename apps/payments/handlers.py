"""What payments does when something happened elsewhere."""

from collections.abc import Sequence

from apps.contracts.events.users import UserErased, UserRegistered
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.payments import services


def welcome_people(events: Sequence[Envelope[UserRegistered]]) -> None:
    """State the standing of people who are new: what everyone may use."""
    services.welcome([event.data.user_id for event in events], at=services.billing_now())


def erase_people(events: Sequence[Envelope[UserErased]]) -> None:
    """End the subscriptions of people who were erased, and take what is personal out of payments."""
    services.erase_people([event.data.user_id for event in events], at=services.billing_now())


SUBSCRIPTIONS = (
    Subscription(UserRegistered, welcome_people),
    Subscription(UserErased, erase_people),
)
