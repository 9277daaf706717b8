"""What users does when something happened, here or elsewhere."""

from collections.abc import Sequence
from typing import Any

from apps.contracts.events.notifications import MailSettled
from apps.contracts.events.payments import SubscriptionChanged
from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.kernel.caching.kept import forget
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.users import services
from apps.users.apps import DATABASE
from apps.users.enums import StandingStatus
from apps.users.rules.deeds import WORDING, deed_of
from apps.users.selectors import standing_kept


def remember_subscriptions(events: Sequence[Envelope[SubscriptionChanged]]) -> None:
    """Payments stated what people's subscriptions entitle them to: they stand like that from now on."""
    services.remember_standings([_stated(event.data) for event in events])


def _stated(told: SubscriptionChanged) -> services.StandingStated:
    return services.StandingStated(
        user_id=told.user_id,
        plan=told.plan,
        features=told.features,
        status=StandingStatus(told.status or StandingStatus.NONE),
        valid_until=told.valid_until,
        current_period_end=told.current_period_end,
        cancel_at_period_end=told.cancel_at_period_end,
        payments_version=told.standing_version,
    )


def forget_standings(events: Sequence[Envelope[UserSubscriptionChanged]]) -> None:
    """How people stand has changed: what is kept of it is read anew."""
    groups = [standing_kept(event.data.user_id) for event in events]
    forget(groups, using=DATABASE, since=max(event.time for event in events))


def remember_deeds(events: Sequence[Envelope[Any]]) -> None:
    """Remember what people did."""
    services.remember_deeds([deed_of(event) for event in events])


def forget_sessions(events: Sequence[Envelope[UserErased]]) -> None:
    """People were erased: logins that they never finished go too."""
    services.forget_sessions([event.data.user_id for event in events])


def forget_mails(events: Sequence[Envelope[MailSettled]]) -> None:
    """Forget mails that were sent or given up."""
    services.forget_mails([event.data.mail_id for event in events])


SUBSCRIPTIONS = (
    Subscription(SubscriptionChanged, remember_subscriptions),
    Subscription(UserSubscriptionChanged, forget_standings),
    Subscription(MailSettled, forget_mails),
    Subscription(UserErased, forget_sessions),
    *(Subscription(event, remember_deeds) for event in WORDING),
)
