"""What the notifications context does when it hears of something."""

from collections.abc import Sequence

from apps.contracts.events.trading import TradeCancelled, TradeExecuted
from apps.contracts.events.users import MailRequested, UserErased
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.notifications import services, wording
from apps.notifications.services.mailing import MailWanted


def tell_traders(events: Sequence[Envelope[TradeExecuted]]) -> None:
    """Tell everyone whose order was filled."""
    services.tell([(wording.of_trade(event.data), event.correlationid) for event in events])


def tell_of_cancellation(events: Sequence[Envelope[TradeCancelled]]) -> None:
    """Tell everyone whose order was cancelled."""
    services.tell([(wording.of_cancellation(event.data), event.correlationid) for event in events])


def send_mail(events: Sequence[Envelope[MailRequested]]) -> None:
    """Send the mails that somebody asked for."""
    services.order_deliveries(
        [MailWanted(event.data.mail_id, event.data.kind, event.correlationid) for event in events]
    )


def erase_people(events: Sequence[Envelope[UserErased]]) -> None:
    """Delete what people were told who were erased."""
    services.erase_people([event.data.user_id for event in events])


SUBSCRIPTIONS = (
    Subscription(UserErased, erase_people),
    Subscription(TradeExecuted, tell_traders),
    Subscription(TradeCancelled, tell_of_cancellation),
    Subscription(MailRequested, send_mail),
)
