"""Doorbells of the signals context."""

from apps.signals import services
from workers.app import app


@app.task(name="signals.generate")
def generate(strategy_id: int, symbol: str) -> None:
    """Ask a strategy about a symbol at the close of its last bar."""
    services.generate_live(strategy_id, symbol)


@app.task(name="signals.generate_due")
def generate_due() -> None:
    """Ask for what the schedules say is due."""
    services.generate_due()


@app.task(name="signals.advance_replay")
def advance_replay(replay_id: int) -> None:
    """Let a replay release its next bars."""
    services.advance_replay(replay_id)


@app.task(name="signals.advance_replays")
def advance_replays() -> None:
    """Let the timed replays release the bars that are due."""
    services.advance_replays()


@app.task(name="signals.expire")
def expire() -> None:
    """Expire signals that have outlived their bars."""
    services.expire_signals()


@app.task(name="signals.score_outcomes")
def score_outcomes() -> None:
    """Decide the outcome of signals whose bars allow it."""
    services.score_outcomes()
