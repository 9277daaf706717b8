"""What signals does: load candles, release bars, speak, correct, expire and score."""

from apps.signals.services.catalogue import remove_instruments, save_instrument, save_strategy
from apps.signals.services.entitlements import remember_standings
from apps.signals.services.erasure import forget_people
from apps.signals.services.generation import generate, generate_due, generate_live
from apps.signals.services.ingestion import ingest_closed_bars
from apps.signals.services.instruments import ensure_instrument, ensure_series
from apps.signals.services.lifecycle import expire_signals, score_outcomes
from apps.signals.services.loading import Loaded, load_candles
from apps.signals.services.publishing import Answer
from apps.signals.services.replays import advance_replay, advance_replays, resume_replays, start_replay
from apps.signals.services.revisions import revise_signal
from apps.signals.services.seeding import ensure_strategy, seed_strategies

__all__ = [
    "Answer",
    "Loaded",
    "advance_replay",
    "advance_replays",
    "ensure_instrument",
    "ensure_series",
    "ensure_strategy",
    "expire_signals",
    "forget_people",
    "generate",
    "generate_due",
    "generate_live",
    "ingest_closed_bars",
    "load_candles",
    "remember_standings",
    "remove_instruments",
    "resume_replays",
    "revise_signal",
    "save_instrument",
    "save_strategy",
    "score_outcomes",
    "seed_strategies",
    "start_replay",
]
