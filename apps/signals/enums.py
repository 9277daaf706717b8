"""The closed vocabularies of signals; their values are wire and database format."""

from django.db.models import TextChoices


class Timeframe(TextChoices):
    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"


class SignalType(TextChoices):
    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


class SignalStatus(TextChoices):
    ACTIVE = "active"
    UPDATED = "updated", "updated by a later revision"
    EXPIRED = "expired"
    RECALLED = "recalled"
    CLOSED = "closed", "closed by a SELL"


class Outcome(TextChoices):
    NONE = "none", "not decided"
    TARGET_HIT = "target_hit"
    STOP_HIT = "stop_hit"
    TIME_EXIT = "time_exit"


class Pace(TextChoices):
    PIPELINE = "pipeline", "next bars when the last signal has been carried out"
    TIMED = "timed", "bars per second"


class ReplayState(TextChoices):
    RUNNING = "running"
    WAITING = "waiting", "waiting for signals to be carried out"
    FINISHED = "finished"
