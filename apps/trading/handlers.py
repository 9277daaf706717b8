"""What trading does when it hears something. Called with lists, inside a transaction of trading's database."""

from collections.abc import Sequence

from apps.contracts.events.signals import BarClosed, SignalExpired, SignalGenerated, SignalUpdated
from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.trading import services
from apps.trading.enums import CancelReason


def note_bars(events: Sequence[Envelope[BarClosed]]) -> None:
    """Keep closed bars and start what waited for them."""
    services.note_bars([_bar(event.data) for event in events])


def open_execution(events: Sequence[Envelope[SignalGenerated]]) -> None:
    """Note signals and execute them for their followers."""
    services.note_signals([_signal(event) for event in events])


def refuse_expired(events: Sequence[Envelope[SignalGenerated]]) -> None:
    """Give the followers of a signal that came too late the decision that says so."""
    services.note_signals([_signal(event) for event in events], expired=True)


def note_signal_expired(events: Sequence[Envelope[SignalExpired]]) -> None:
    """Cancel what is still open on signals that have expired."""
    services.cancel_orders_of_signals([event.data.id for event in events], reason=CancelReason.SIGNAL_EXPIRED)


def note_revision(events: Sequence[Envelope[SignalUpdated]]) -> None:
    """Keep corrected targets and stops."""
    for event in events:
        services.revise_signal(
            strategy=event.data.strategy,
            symbol=event.data.symbol,
            sequence=event.data.sequence,
            revision=event.data.revision,
            target=event.data.target,
            stop=event.data.stop,
        )


def update_entitlement(events: Sequence[Envelope[UserSubscriptionChanged]]) -> None:
    """Remember what people may do."""
    services.remember_standings([event.data for event in events])


def erase_people(events: Sequence[Envelope[UserErased]]) -> None:
    """Stop the trading of people who were erased, and take what is personal out of it."""
    services.erase_people([event.data.user_id for event in events])


SUBSCRIPTIONS = (
    Subscription(BarClosed, note_bars),
    Subscription(SignalGenerated, open_execution, expired=refuse_expired),
    Subscription(SignalUpdated, note_revision),
    Subscription(SignalExpired, note_signal_expired, expired=note_signal_expired),
    Subscription(UserSubscriptionChanged, update_entitlement),
    Subscription(UserErased, erase_people),
)


def _bar(event: BarClosed) -> services.NotedBar:
    return services.NotedBar(
        symbol=event.symbol,
        timeframe=event.timeframe,
        bar_time=event.bar_time,
        closed_at=event.closed_at,
        open=event.open,
        close=event.close,
        next_open=event.next_open,
        next_open_at=event.next_open_at,
        currency=event.quote_currency,
        tick=event.tick,
        lot=event.lot,
        min_notional=event.min_notional,
        simulated=event.simulated,
    )


def _signal(event: Envelope[SignalGenerated]) -> services.ArrivedSignal:
    signal = event.data
    return services.ArrivedSignal(
        signal_id=signal.id,
        strategy_id=signal.strategy_id,
        strategy=signal.strategy,
        symbol=signal.symbol,
        timeframe=signal.timeframe,
        side="buy" if signal.type == "BUY" else "sell",
        price=signal.price,
        target=signal.target,
        stop=signal.stop,
        bar_time=signal.bar_time,
        expiry=signal.expiry,
        expires_after_bars=signal.expires_after_bars,
        sequence=signal.sequence,
        signalled_at=signal.generated_at,
        correlation_id=event.correlationid,
        causation_id=str(event.id),
        traceparent=event.traceparent,
    )
