"""What education does when something happened elsewhere."""

from collections.abc import Sequence

from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.education import services
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription


def update_entitlement(events: Sequence[Envelope[UserSubscriptionChanged]]) -> None:
    """Remember what people may learn."""
    services.remember_standings([event.data for event in events])


def forget_people(events: Sequence[Envelope[UserErased]]) -> None:
    """People were erased: nothing here says any more what they could learn."""
    services.forget_people([event.data.user_id for event in events])


SUBSCRIPTIONS = (
    Subscription(UserSubscriptionChanged, update_entitlement),
    Subscription(UserErased, forget_people),
)
