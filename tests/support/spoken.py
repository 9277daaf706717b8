"""Signals made just now on the databases of this process: `python -m tests.support.spoken`."""

import tempfile
from pathlib import Path

import django

django.setup()

from apps.signals.models import Signal  # noqa: E402 - models are there once Django is set up
from apps.signals.services import advance_replay, load_candles, resume_replays, seed_strategies, start_replay  # noqa: E402
from tests.support.candles import a_walk, write_candles  # noqa: E402

SYMBOL = "WALK-USDT"


def main() -> None:
    """Let a strategy speak on a walk of 600 bars, as if each signal were carried out at once."""
    seed_strategies()
    with tempfile.TemporaryDirectory() as folder:
        candles = write_candles(Path(folder) / "walk.csv", a_walk(600, seed=21))
        load_candles(candles, symbol=SYMBOL, timeframe="1h")
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"])
    while replay.state != "finished":
        advance_replay(replay.pk)
        replay.refresh_from_db()
        if replay.state == "waiting":
            resume_replays(replay.waiting_for)
    print(f"{Signal.objects.count()} signals")


if __name__ == "__main__":
    main()
