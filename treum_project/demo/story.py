"""The demo itself, on a stage that is set: load candles, start the clock, watch, report. It makes nothing happen."""

import json
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.kernel.errors import TreumError
from apps.signals.enums import ReplayState
from apps.signals.models import Replay
from apps.signals.services.instruments import ensure_instrument
from apps.signals.services.loading import Loaded, load_candles
from apps.signals.services.replays import start_replay
from apps.signals.services.seeding import ensure_strategy
from treum_project.demo.followers import demo_followers
from treum_project.demo.options import DemoOptions
from treum_project.demo.picture import draw_equity, show
from treum_project.demo.report import build, equity_curve
from treum_project.demo.seed import Seeded, seed
from treum_project.demo.vitals import messages, what_is_stuck

LOOK_SECONDS = 0.25


class Stuck(TreumError):
    """The demo has stopped moving for {seconds} s. {reason}"""


def main() -> int:
    """Play the demo on this process's databases and broker; return its exit code."""
    try:
        play(DemoOptions.read(), console=Console())
    except TreumError as error:
        sys.stderr.write(f"The demo failed: {error}\n")
        return 1
    return 0


def play(options: DemoOptions, *, console: Console) -> None:
    """Load, seed, run and report. Raises Stuck, naming the process that the messages wait for."""
    loaded = load_candles(options.candles, symbol=options.symbol, timeframe=options.timeframe, limit=options.bars)
    seeded = _seed(options)
    console.print(f"{loaded.bars:,} bars of {loaded.symbol} {loaded.timeframe}, {options.followers:,} followers.")
    _wait_for_rest(patience=options.patience)
    started = time.monotonic()
    replay = start_replay(options.symbol, timeframe=options.timeframe, strategies=[options.strategy], limit=loaded.bars)
    _watch(replay, total=loaded.bars, patience=options.patience, console=console)
    seconds = round(time.monotonic() - started, 3)
    _report(options, loaded, seeded, seconds=seconds, console=console)


def _seed(options: DemoOptions) -> Seeded:
    strategy = ensure_strategy(options.strategy, timeframe=options.timeframe)
    currency = ensure_instrument(options.symbol).quote_currency
    return seed(demo_followers(options.followers), strategy_id=strategy.pk, strategy=strategy.code, currency=currency)


def _wait_for_rest(*, patience: int) -> None:
    """Wait until the followers' standing has reached trading, through relay, intake and worker."""
    watch = _Patience(patience)
    while not (counts := messages()).at_rest:
        watch.look(counts)


def _watch(replay: Replay, *, total: int, patience: int, console: Console) -> None:
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} bars/s"),
        TimeRemainingColumn(),
    )
    watch, started = _Patience(patience), time.monotonic()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("bars", total=total, rate=0.0)
        while True:
            replay.refresh_from_db()
            rate = replay.position / (time.monotonic() - started)
            progress.update(bar, completed=replay.position, rate=rate)
            counts = messages()
            if replay.state == ReplayState.FINISHED and counts.at_rest:
                return
            watch.look((replay.position, counts))


def _report(options: DemoOptions, loaded: Loaded, seeded: Seeded, *, seconds: float, console: Console) -> None:
    report = build(options, loaded, seeded, seconds=seconds)
    options.report.write_text(json.dumps(report, indent=1) + "\n")
    title = f"{options.symbol} {options.timeframe}, {options.strategy}, all in, 10 bps a side"
    picture = options.report.with_suffix(".png")
    draw_equity(equity_curve(seeded), path=picture, title=title)
    show(report, console=console)
    console.print(f"Report: {options.report}   Equity curve: {picture}", soft_wrap=True)


class _Patience:
    """Waits between looks, and gives up when nothing has changed for too long."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._moved_at = time.monotonic()

    def look(self, seen: object) -> None:
        if seen != self._seen:
            self._seen, self._moved_at = seen, time.monotonic()
        elif time.monotonic() - self._moved_at > self._seconds:
            raise Stuck(seconds=self._seconds, reason=what_is_stuck())
        time.sleep(LOOK_SECONDS)
