"""Correct the target or stop of a signal: a new revision supersedes the old row, which stays as it was told."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.contracts.events.signals import SignalUpdated
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.recorder import record
from apps.signals.apps import DATABASE
from apps.signals.enums import SignalStatus, SignalType
from apps.signals.errors import LevelsCrossed, PriceOffTick, SignalNotFound, SignalNotOpen
from apps.signals.models import Instrument, Signal
from apps.signals.services.release import ACTOR

COPIED = (
    "strategy_id",
    "strategy_code",
    "strategy_version",
    "symbol",
    "timeframe",
    "type",
    "price",
    "confidence",
    "evidence",
    "bar_time",
    "data_as_of",
    "expires_at",
    "expires_after_bars",
    "horizon_bars",
    "sequence",
    "correlation_id",
)


def revise_signal(signal_id: UUID, *, target: Decimal, stop: Decimal, reason: str) -> Signal:
    """Publish a corrected target and stop of an active BUY; return the revision.

    Raises SignalNotFound, SignalNotOpen, PriceOffTick or LevelsCrossed.
    """
    with transaction.atomic(using=DATABASE):
        old = Signal.objects.select_for_update(of=("self",)).filter(pk=signal_id).first()
        if old is None:
            raise SignalNotFound(signal_id=signal_id)
        if old.status != SignalStatus.ACTIVE or old.type != SignalType.BUY:
            raise SignalNotOpen(signal_id=signal_id, status=old.status)
        _refuse_bad_levels(old, target=target, stop=stop)
        revision = _superseding(old, target=target, stop=stop, reason=reason)
        Signal.objects.filter(pk=old.pk).update(status=SignalStatus.UPDATED)
        revision.save(force_insert=True)
        trace = tracing.Trace(old.correlation_id, traceparent=tracing.new_traceparent(), actor=ACTOR)
        record(_updated(revision, old=old, reason=reason), using=DATABASE, trace=trace)
    return revision


def _refuse_bad_levels(signal: Signal, *, target: Decimal, stop: Decimal) -> None:
    tick = Instrument.objects.get(symbol=signal.symbol).tick
    for name, price in (("target", target), ("stop", stop)):
        if not price.is_finite() or price <= 0 or price % tick:
            raise PriceOffTick(name=name, price=price, symbol=signal.symbol, tick=f"{tick.normalize():f}")
    if not stop < signal.price < target:
        raise LevelsCrossed(stop=stop, target=target, price=f"{signal.price.normalize():f}")


def _superseding(old: Signal, *, target: Decimal, stop: Decimal, reason: str) -> Signal:
    return Signal(
        **{name: getattr(old, name) for name in COPIED},
        id=uuid7(),
        target=target,
        stop_loss=stop,
        analysis=f"{old.analysis} Revised to target {target:f} and stop {stop:f}: {reason}",
        revision=old.revision + 1,
        supersedes=old,
    )


def _updated(revision: Signal, *, old: Signal, reason: str) -> SignalUpdated:
    return SignalUpdated(
        id=revision.id,
        supersedes=old.id,
        strategy=revision.strategy_code,
        symbol=revision.symbol,
        sequence=revision.sequence,
        revision=revision.revision,
        target=revision.target,
        stop=revision.stop_loss,
        expiry=revision.expires_at,
        reason=reason,
    )
