"""Instruments and their candles, strategies and when they run, replays and their clock, and the record of signals."""

from apps.signals.models.entitlement import Entitlement
from apps.signals.models.market import Candle, Instrument, Series
from apps.signals.models.replay import Replay
from apps.signals.models.signal import Signal, SignalCounter
from apps.signals.models.strategy import Schedule, Strategy

__all__ = ["Candle", "Entitlement", "Instrument", "Replay", "Schedule", "Series", "Signal", "SignalCounter", "Strategy"]
