"""Which market data is used; the adapter's module is loaded only when it is the chosen one."""

from django.conf import settings
from django.utils.module_loading import import_string

from apps.signals.errors import UnknownMarketData
from apps.signals.ports import MarketData

SOURCES = {
    "replay": "apps.signals.adapters.replay.ReplayMarketData",
    "ccxt": "apps.signals.adapters.ccxt.CcxtMarketData",
}


def market_data() -> MarketData:
    """Return the source that TREUM_SIGNALS_MARKET_DATA names. Raises UnknownMarketData."""
    name = settings.TREUM_SIGNALS_MARKET_DATA
    if name not in SOURCES:
        raise UnknownMarketData(name=name)
    source: MarketData = import_string(SOURCES[name])()
    return source
