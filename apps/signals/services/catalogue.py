"""What there is to follow and to trade: every change of a strategy or an instrument is told in its own transaction."""

from collections.abc import Collection

from django.db import transaction

from apps.contracts.events.signals import InstrumentChanged, StrategyChanged
from apps.kernel.outbox.recorder import record
from apps.signals.apps import DATABASE
from apps.signals.models import Instrument, Strategy


def save_strategy(strategy: Strategy) -> None:
    """Store a strategy and record `strategy.changed`."""
    with transaction.atomic(using=DATABASE):
        strategy.save()
        tell_strategy(strategy)


def save_instrument(instrument: Instrument) -> None:
    """Store an instrument and record `instrument.changed`."""
    with transaction.atomic(using=DATABASE):
        instrument.save()
        tell_instrument(instrument)


def remove_instruments(symbols: Collection[str]) -> None:
    """Delete instruments that nothing refers to, and record `instrument.changed` for each."""
    with transaction.atomic(using=DATABASE):
        found = list(Instrument.objects.select_for_update().filter(symbol__in=symbols).order_by("pk"))
        Instrument.objects.filter(pk__in=[instrument.pk for instrument in found]).delete()
        record(*(_instrument_event(instrument, listed=False) for instrument in found), using=DATABASE)


def tell_strategy(strategy: Strategy) -> None:
    """Record `strategy.changed`, in the transaction of the change."""
    event = StrategyChanged(
        strategy_id=strategy.pk,
        strategy=strategy.code,
        strategy_version=strategy.version,
        timeframe=strategy.timeframe,
        name=strategy.name,
        enabled=strategy.enabled,
    )
    record(event, using=DATABASE)


def tell_instrument(instrument: Instrument) -> None:
    """Record `instrument.changed`, in the transaction of the change."""
    record(_instrument_event(instrument, listed=True), using=DATABASE)


def _instrument_event(instrument: Instrument, *, listed: bool) -> InstrumentChanged:
    return InstrumentChanged(
        symbol=instrument.symbol,
        base_currency=instrument.base_currency,
        quote_currency=instrument.quote_currency,
        tick=instrument.tick,
        lot=instrument.lot,
        min_notional=instrument.min_notional,
        simulated=instrument.simulated,
        listed=listed,
    )
