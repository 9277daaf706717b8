"""Instruments and series come into being when they are first spoken of."""

from django.db import transaction

from apps.signals.apps import DATABASE
from apps.signals.models import Instrument, Series
from apps.signals.rules.timeframes import length_of
from apps.signals.services.catalogue import tell_instrument

SEPARATORS = "-/"
HOME_CURRENCY = "USD"


def ensure_instrument(symbol: str, *, simulated: bool = True) -> Instrument:
    """Return the instrument of a symbol; an unknown one gets the finest grid and no minimum."""
    base, quote = _currencies(symbol)
    facts = {"base_currency": base, "quote_currency": quote, "simulated": simulated}
    with transaction.atomic(using=DATABASE):
        instrument, created = Instrument.objects.get_or_create(symbol=symbol, defaults=facts)
        if created:
            tell_instrument(instrument)
    return instrument


def ensure_series(symbol: str, *, timeframe: str, simulated: bool = True) -> Series:
    """Return the series of a symbol on a timeframe. Raises UnknownTimeframe."""
    length_of(timeframe)
    series, _ = Series.objects.select_related("instrument").get_or_create(
        instrument=ensure_instrument(symbol, simulated=simulated), timeframe=timeframe
    )
    return series


def _currencies(symbol: str) -> tuple[str, str]:
    for separator in SEPARATORS:
        base, found, quote = symbol.rpartition(separator)
        if found and base and quote:
            return base, quote
    return symbol, HOME_CURRENCY
