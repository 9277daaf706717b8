"""What the notifications context does when it hears of something."""

from collections.abc import Sequence

from apps.contracts.events.trading import TradeCancelled, TradeExecuted
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.notifications import services, wording


def tell_traders(events: Sequence[Envelope[TradeExecuted]]) -> None:
    """Tell everyone whose order was filled."""
    services.tell([(wording.of_trade(event.data), event.correlationid) for event in events])


def tell_of_cancellation(events: Sequence[Envelope[TradeCancelled]]) -> None:
    """Tell everyone whose order was cancelled."""
    services.tell([(wording.of_cancellation(event.data), event.correlationid) for event in events])


SUBSCRIPTIONS = (
    Subscription(TradeExecuted, tell_traders),
    Subscription(TradeCancelled, tell_of_cancellation),
)
