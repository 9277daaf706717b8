"""What a report of the demo must say, worked out from the candle file alone, with TA-Lib and plain Python."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import talib

FEE = Decimal("0.001")
LOT = Decimal("1e-8")
CASH = Decimal(10_000)
CLOSE_ENOUGH = Decimal("1e-6")
"""Far closer than asked: only where a cent is rounded may differ."""

NOTHING_LEFT = ("dead_letters", "unrouted", "outbox_pending", "inbox_pending")


@dataclass(frozen=True)
class Bar:
    """One line of a candle file."""

    time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True)
class Advice:
    """A signal as it should be: at which bar, which side."""

    bar: int
    side: str


def read_bars(path: Path, *, limit: int | None = None) -> list[Bar]:
    """Return the bars of a well-formed file."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as text:
        rows = list(csv.DictReader(text))[:limit]
    return [
        Bar(moment(row["timestamp"]), *(Decimal(row[name]) for name in ("open", "high", "low", "close")))
        for row in rows
    ]


def moment(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text if "+" in text or text.endswith("Z") else f"{text}+00:00")


def advices(strategy: str, bars: Sequence[Bar]) -> list[Advice]:
    """Return the signals of a strategy in order; a bar that says both says nothing."""
    said: dict[int, set[str]] = {}
    for bar, side in _spoken(strategy, bars):
        said.setdefault(bar, set()).add(side)
    return [Advice(bar, sides.pop()) for bar, sides in sorted(said.items()) if len(sides) == 1]


def _spoken(strategy: str, bars: Sequence[Bar]) -> Iterator[tuple[int, str]]:
    high, low, close = (np.array([float(getattr(bar, name)) for bar in bars]) for name in ("high", "low", "close"))
    buying: tuple[Any, Any]
    selling: tuple[Any, Any]
    match strategy:
        case "sma_cross_20_50":
            fast, slow = talib.SMA(close, 20), talib.SMA(close, 50)
            buying, selling = (fast, slow), (slow, fast)
        case "macd_12_26_9":
            line, trigger, _ = talib.MACD(close, 12, 26, 9)
            buying, selling = (line, trigger), (trigger, line)
        case "rsi14_enter_zone":
            strength = talib.RSI(close, 14)
            buying, selling = (30.0, strength), (strength, 70.0)
        case "rsi14_leave_zone":
            strength = talib.RSI(close, 14)
            buying, selling = (strength, 30.0), (70.0, strength)
        case "bbands_20_2":
            upper, _, lower = talib.BBANDS(close, 20, 2.0, 2.0, 0)
            buying, selling = (lower, close), (close, upper)
        case "donchian_20_10":
            yield from _breakouts(high, low, close)
            return
        case _:
            raise LookupError(strategy)
    yield from ((bar, "BUY") for bar in _crossings(*buying, len(bars)))
    yield from ((bar, "SELL") for bar in _crossings(*selling, len(bars)))


def _crossings(over: Any, under: Any, length: int) -> Iterator[int]:
    """Return the bars on which the one is beyond the other, having not been so on the bar before."""
    a, b = np.broadcast_to(over, length), np.broadcast_to(under, length)
    return (bar for bar in range(1, length) if a[bar] > b[bar] and a[bar - 1] <= b[bar - 1])


def _breakouts(high: Any, low: Any, close: Any) -> Iterator[tuple[int, str]]:
    for bar in range(10, len(close)):
        if bar >= 20 and close[bar] > max(high[bar - 20 : bar]):
            yield bar, "BUY"
        if close[bar] < min(low[bar - 10 : bar]):
            yield bar, "SELL"


def all_in(bars: Sequence[Bar], said: Sequence[Advice]) -> tuple[Decimal, int]:
    """Return the final equity and the number of fills of an account that goes all in on these signals."""
    cash, qty, fills = CASH, Decimal(0), 0
    for advice in said:
        if advice.bar + 1 == len(bars) or (advice.side == "BUY") == (qty > 0):
            continue
        price = bars[advice.bar + 1].open
        if advice.side == "BUY":
            qty = (cash / (price * (1 + FEE))).quantize(LOT, rounding=ROUND_DOWN)
            cash -= qty * price * (1 + FEE)
        else:
            cash, qty = cash + qty * price * (1 - FEE), Decimal(0)
        fills += 1
    return cash + qty * bars[-1].close, fills


def problems(report: Mapping[str, Any], *, candles: Path, strategy: str, followers: int) -> list[str]:
    """Return a sentence for everything in a report that is not as it should be."""
    bars = read_bars(candles, limit=report["input"]["bars"])
    return [*_signal_problems(report, bars, strategy), *_money_problems(report, bars), *_counting(report, followers)]


def reported(report: Mapping[str, Any], bars: Sequence[Bar]) -> list[Advice]:
    """Return the signals of a report by bar."""
    place = {bar.time: number for number, bar in enumerate(bars)}
    return [Advice(place[moment(signal["bar_time"])], signal["type"]) for signal in report["signals"]]


def _signal_problems(report: Mapping[str, Any], bars: Sequence[Bar], strategy: str) -> Iterator[str]:
    ours, theirs = reported(report, bars), advices(strategy, bars)
    if ours != theirs:
        missing, extra = set(theirs) - set(ours), set(ours) - set(theirs)
        yield f"signals: missing {sorted(missing, key=str)[:3]}, too many {sorted(extra, key=str)[:3]}"
    for signal, advice in zip(report["signals"], ours, strict=True):
        if abs(Decimal(signal["price"]) - bars[advice.bar].close) > LOT * max(1, bars[advice.bar].close):
            yield f"the price of the signal at {signal['bar_time']} is {signal['price']}, not its close"
        if signal["confidence"] is not None and not 0 <= Decimal(signal["confidence"]) <= 100:
            yield f"the confidence of the signal at {signal['bar_time']} is {signal['confidence']}"
        if advice.side == "SELL" and (signal["target"], signal["stop_loss"]) != (None, None):
            yield f"the SELL at {signal['bar_time']} has levels"
        if advice.side == "BUY" and not _around(signal):
            yield f"the levels of the BUY at {signal['bar_time']} do not lie around its price"
    stories = [signal["correlation_id"] for signal in report["signals"]]
    if len(set(stories)) < len(stories) or not all(stories):
        yield "two signals share a correlation id, or one has none"


def _around(signal: Mapping[str, Any]) -> bool:
    """Tell whether stop and target lie around the price, where there is history enough for them."""
    price, target, stop = (signal[name] and Decimal(signal[name]) for name in ("price", "target", "stop_loss"))
    return (target is None or price < target) and (stop is None or stop < price)


def _money_problems(report: Mapping[str, Any], bars: Sequence[Bar]) -> Iterator[str]:
    reference = report["reference_account"]
    equity, fills = all_in(bars, reported(report, bars))
    if abs(Decimal(reference["final_equity"]) - equity) > CLOSE_ENOUGH * equity:
        yield f"the reference account ends with {reference['final_equity']}, not with {equity}"
    if reference["fills"] != fills:
        yield f"the reference account has {reference['fills']} fills, not {fills}"


def _counting(report: Mapping[str, Any], followers: int) -> Iterator[str]:
    executed = report["decisions"].get("executed", 0)
    equal = {
        "followers": (report["followers"], followers),
        "decisions": (sum(report["decisions"].values()), followers * len(report["signals"])),
        "orders": (report["orders"], executed),
        "fills and unfilled": (report["fills"] + report["unfilled"], executed),
        "notifications": (report["notifications"], report["fills"]),
        "unbalanced": (report["ledger"]["unbalanced"], 0),
        "balance mismatches": (report["ledger"]["balance_mismatches"], 0),
        "ledger transactions": (report["ledger"]["transactions"], followers + report["fills"]),
        **{name: (report["messages"][name], 0) for name in NOTHING_LEFT},
    }
    for what, (found, expected) in equal.items():
        if found != expected:
            yield f"{what}: {found}, not {expected}"
