"""Reads of the signals context: the record, the candles that were released, and what became of each strategy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Count, F, Q, QuerySet

from apps.kernel.personal import Records
from apps.kernel.persons import AUDIT_FILE, entries_about
from apps.signals.apps import DATABASE
from apps.signals.enums import Outcome, ReplayState, SignalStatus, SignalType
from apps.signals.models import Candle, Entitlement, Instrument, Replay, Signal, Strategy
from apps.signals.rules.sight import Sight

CURRENT = ~Q(status=SignalStatus.UPDATED)
BUYS = Q(type=SignalType.BUY)
RETURN_PLACES = 10
STRATEGIES_KEPT = "strategies"
INSTRUMENTS_KEPT = "instruments"
_OF_ENTITLEMENT = ("standing_version", "realtime", "delay_minutes", "targets", "valid_until")


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What came of every signal of a strategy. Undefined is None; results are hypothetical and before fees."""

    signals: int = 0
    buys: int = 0
    sells: int = 0
    target_hit: int = 0
    stop_hit: int = 0
    time_exit: int = 0
    undecided: int = 0
    hit_rate: Decimal | None = None
    average_return: Decimal | None = None


def signals() -> QuerySet[Signal]:
    """Return every signal and revision on record."""
    return Signal.objects.all()


def sight_of(user_id: UUID, *, at: datetime) -> Sight:
    """Return how a person sees signals. What nobody has stated, or what is over, is not honoured."""
    default = timedelta(minutes=settings.TREUM_SIGNALS_DELAY_MINUTES)
    known = Entitlement.objects.filter(pk=user_id).first()
    if known is None or (known.valid_until is not None and known.valid_until <= at):
        return Sight(default, targets=False)
    if known.realtime:
        return Sight(timedelta(0), targets=known.targets)
    delay = default if known.delay_minutes is None else timedelta(minutes=known.delay_minutes)
    return Sight(delay, targets=known.targets)


def seen(rows: QuerySet[Signal], sight: Sight, *, at: datetime) -> QuerySet[Signal]:
    """Return those signals that somebody sees already."""
    return rows if sight.realtime else rows.filter(generated_at__lte=sight.newest(at=at))


def instruments() -> QuerySet[Instrument]:
    """Return the instruments."""
    return Instrument.objects.all()


def strategies() -> QuerySet[Strategy]:
    """Return the strategies that can be followed."""
    return Strategy.objects.filter(enabled=True)


def released_candles() -> QuerySet[Candle]:
    """Return the candles that a market clock has closed; what lies ahead of the clock is nobody's to see."""
    return Candle.objects.filter(open_time__lte=F("series__released_through")).select_related("series__instrument")


def finished_replays() -> QuerySet[Replay]:
    """Return the replays that have come to the end of their bars, the first to do so first."""
    finished = Replay.objects.filter(state=ReplayState.FINISHED).order_by("finished_at")
    return finished.select_related("series__instrument")


def track_records(strategy_ids: list[int], sight: Sight, *, at: datetime) -> dict[int, TrackRecord]:
    """Return the track record of each strategy as somebody sees it; revisions count once, with their outcome.

    Without `signals.realtime` nothing newer than the delay counts, without `signals.targets` no return is told: one
    more decided signal would tell by it where its target or stop was.
    """
    until = sight.newest(at=at)
    counted = CURRENT if sight.realtime else Q(generated_at__lte=until) & ~Q(superseded_by__generated_at__lte=until)
    known = Q() if sight.realtime else Q(decided_at__lte=until)
    rows = (
        Signal.objects.filter(counted, strategy_id__in=strategy_ids)
        .order_by()
        .values("strategy_id")
        .annotate(
            signals=Count("id"),
            buys=Count("id", filter=BUYS),
            sells=Count("id", filter=Q(type=SignalType.SELL)),
            target_hit=Count("id", filter=known & Q(outcome=Outcome.TARGET_HIT)),
            stop_hit=Count("id", filter=known & Q(outcome=Outcome.STOP_HIT)),
            time_exit=Count("id", filter=known & Q(outcome=Outcome.TIME_EXIT)),
            average_return=Avg("hypothetical_return", filter=known),
        )
    )
    found = {row["strategy_id"]: _track_record(row, sight) for row in rows}
    return {strategy_id: found.get(strategy_id, TrackRecord()) for strategy_id in strategy_ids}


def with_track_records(found: list[Strategy], sight: Sight, *, at: datetime) -> list[Strategy]:
    """Give each strategy its `track_record` as somebody sees it, all in one query."""
    records = track_records([strategy.pk for strategy in found], sight, at=at)
    for strategy in found:
        setattr(strategy, "track_record", records[strategy.pk])  # noqa: B010 - no column of the model
    return found


def _track_record(row: Mapping[str, Any], sight: Sight) -> TrackRecord:
    counted = {name: value for name, value in row.items() if name not in ("strategy_id", "average_return")}
    decided = counted["target_hit"] + counted["stop_hit"] + counted["time_exit"]
    average = row["average_return"] if sight.targets else None
    return TrackRecord(
        **counted,
        undecided=counted["buys"] - decided,
        hit_rate=round(Decimal(100 * counted["target_hit"]) / decided, 2) if decided else None,
        average_return=None if average is None else round(average, RETURN_PLACES),
    )


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person: what they may see, and the audit log; signals are about markets."""
    yield "entitlement", Entitlement.objects.filter(pk=user_id).values(*_OF_ENTITLEMENT)
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)
