"""What signals does when something happened elsewhere."""

from collections.abc import Sequence

from apps.contracts.events.signals import InstrumentChanged, SignalGenerated, StrategyChanged, StrategyScored
from apps.contracts.events.trading import ExecutionCompleted
from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.kernel.caching.kept import forget
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.signals import services
from apps.signals.apps import DATABASE
from apps.signals.selectors import INSTRUMENTS_KEPT, STRATEGIES_KEPT


def resume_replays(events: Sequence[Envelope[ExecutionCompleted]]) -> None:
    """A signal has reached all its followers: the replay that waited for it may go on."""
    services.resume_replays([event.data.signal_id for event in events])


def forget_strategies(events: Sequence[Envelope[StrategyChanged | StrategyScored | SignalGenerated]]) -> None:
    """A strategy or its track record has changed: what is kept of strategies is read anew."""
    forget([STRATEGIES_KEPT], using=DATABASE, since=max(event.time for event in events))


def forget_instruments(events: Sequence[Envelope[InstrumentChanged]]) -> None:
    """An instrument has changed: what is kept of instruments is read anew."""
    forget([INSTRUMENTS_KEPT], using=DATABASE, since=max(event.time for event in events))


def update_entitlement(events: Sequence[Envelope[UserSubscriptionChanged]]) -> None:
    """Remember what people may see."""
    services.remember_standings([event.data for event in events])


def forget_people(events: Sequence[Envelope[UserErased]]) -> None:
    """People were erased: what the audit log holds of them here can no longer be read."""
    services.forget_people([event.data.user_id for event in events])


SUBSCRIPTIONS = (
    Subscription(ExecutionCompleted, resume_replays),
    Subscription(StrategyChanged, forget_strategies),
    Subscription(StrategyScored, forget_strategies),
    Subscription(SignalGenerated, forget_strategies, expired=forget_strategies),
    Subscription(InstrumentChanged, forget_instruments),
    Subscription(UserSubscriptionChanged, update_entitlement),
    Subscription(UserErased, forget_people),
)
