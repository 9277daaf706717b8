"""What the notifications context does when it hears of something."""

from collections.abc import Sequence

from apps.contracts.events.payments import (
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefunded,
    TrialWillEnd,
)
from apps.contracts.events.trading import TradeCancelled, TradeExecuted
from apps.contracts.events.users import MailRequested, UserErased, UserSubscriptionChanged
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.notifications import money_wording, services, wording
from apps.notifications.services.mailing import MailWanted


def tell_traders(events: Sequence[Envelope[TradeExecuted]]) -> None:
    """Tell everyone whose order was filled."""
    services.tell([(wording.of_trade(event.data), event.correlationid) for event in events])


def tell_of_cancellation(events: Sequence[Envelope[TradeCancelled]]) -> None:
    """Tell everyone whose order was cancelled."""
    services.tell([(wording.of_cancellation(event.data), event.correlationid) for event in events])


def tell_of_payments(events: Sequence[Envelope[PaymentCompleted]]) -> None:
    """Give people a receipt."""
    services.tell([(money_wording.of_payment(event.data), event.correlationid) for event in events])


def tell_of_failed_payments(events: Sequence[Envelope[PaymentFailed]]) -> None:
    """Tell people that they did not pay, and what happens next."""
    services.tell([(money_wording.of_failed_payment(event.data), event.correlationid) for event in events])


def ask_for_confirmation(events: Sequence[Envelope[PaymentActionRequired]]) -> None:
    """Ask people to confirm what their bank does not let pass without them."""
    services.tell([(money_wording.of_required_action(event.data), event.correlationid) for event in events])


def tell_of_refunds(events: Sequence[Envelope[PaymentRefunded]]) -> None:
    """Tell people that money is on its way back to them."""
    services.tell([(money_wording.of_refund(event.data), event.correlationid) for event in events])


def tell_of_trial_ends(events: Sequence[Envelope[TrialWillEnd]]) -> None:
    """Tell people that their trial ends soon."""
    services.tell([(money_wording.of_trial_end(event.data), event.correlationid) for event in events])


def tell_of_plans(events: Sequence[Envelope[UserSubscriptionChanged]]) -> None:
    """Tell people whose plan has begun or ended."""
    services.tell_of_plans([services.StandingHeard(event.data, event.correlationid) for event in events])


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
    Subscription(PaymentCompleted, tell_of_payments),
    Subscription(PaymentFailed, tell_of_failed_payments),
    Subscription(PaymentActionRequired, ask_for_confirmation),
    Subscription(PaymentRefunded, tell_of_refunds),
    Subscription(TrialWillEnd, tell_of_trial_ends),
    Subscription(UserSubscriptionChanged, tell_of_plans),
    Subscription(MailRequested, send_mail),
)
