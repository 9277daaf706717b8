"""Signals of 500 symbols × 5,000 bars against a plain TA-Lib and numpy loop that makes the same four arrays."""

import time
from collections.abc import Callable

import numpy as np
import talib

from apps.signals.strategies import RULES
from apps.signals.strategies.evaluation import evaluate
from apps.signals.strategies.rule import Bars
from benchmarks.figures import SECONDS, Figure, figure

SYMBOLS = 500
BARS = 5_000
ROUNDS = 3
GOAL = 1.5

Said = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def measure() -> list[Figure]:
    """Return the figure, from the fastest of interleaved rounds; both sides must give the same signals and levels."""
    market = _market()
    ours, yardstick = [], []
    for _ in range(ROUNDS):
        ours.append(_timed(_ours, market))
        yardstick.append(_timed(_plain_loop, market))
    if ours[0][1] != yardstick[0][1]:
        raise AssertionError(f"Ours and the yardstick differ: {ours[0][1]} against {yardstick[0][1]}.")
    print(f"  {SYMBOLS} symbols × {BARS} bars, {len(RULES)} strategies, {yardstick[0][1][0]} signals on both sides")
    fastest, best = min(seconds for seconds, _ in ours), min(seconds for seconds, _ in yardstick)
    return [figure("signals_vs_talib", ours=fastest, yardstick=best, unit=SECONDS, goal=GOAL)]


def _market() -> list[Bars]:
    random = np.random.default_rng(7)
    return [_walk(random) for _ in range(SYMBOLS)]


def _walk(random: np.random.Generator) -> Bars:
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.01, BARS))), 2) + 0.01
    open_ = np.concatenate((close[:1], close[:-1]))
    high, low = np.maximum(open_, close) + 0.05, np.minimum(open_, close) * 0.999
    return Bars(open_, high, low, close, random.uniform(1, 1000, BARS))


def _timed(work: Callable[[list[Bars]], tuple[int, float]], market: list[Bars]) -> tuple[float, tuple[int, float]]:
    begun = time.perf_counter()
    found = work(market)
    return time.perf_counter() - begun, found


def _ours(market: list[Bars]) -> tuple[int, float]:
    signals, levels = 0, 0.0
    for bars in market:
        for rule in RULES.values():
            said = evaluate(rule, bars=bars, parameters=rule.all_parameters())
            signals, levels = _added(signals, levels, (said.buy, said.sell, said.target, said.stop))
    return signals, levels


def _plain_loop(market: list[Bars]) -> tuple[int, float]:
    signals, levels = 0, 0.0
    for bars in market:
        for decide in (_sma_cross, _rsi_enter, _rsi_leave, _macd, _bands, _donchian):
            buy, sell = decide(bars.high, bars.low, bars.close)
            atr = talib.ATR(bars.high, bars.low, bars.close, 14)
            said = (buy & ~sell, sell & ~buy, bars.close + 3 * atr, bars.close - 2 * atr)
            signals, levels = _added(signals, levels, said)
    return signals, levels


def _added(signals: int, levels: float, said: Said) -> tuple[int, float]:
    buy, sell, target, stop = said
    count = int(np.count_nonzero(buy)) + int(np.count_nonzero(sell))
    return signals + count, levels + float(np.nansum(target[buy])) + float(np.nansum(stop[buy]))


def _up(line: np.ndarray, level: np.ndarray | float) -> np.ndarray:
    before = level[:-1] if isinstance(level, np.ndarray) else level
    now = level[1:] if isinstance(level, np.ndarray) else level
    crossed = np.zeros(len(line), bool)
    crossed[1:] = (line[1:] > now) & (line[:-1] <= before)
    return crossed


def _down(line: np.ndarray, level: np.ndarray | float) -> np.ndarray:
    return _up(-line, -level)


def _sma_cross(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fast, slow = talib.SMA(close, 20), talib.SMA(close, 50)
    return _up(fast, slow), _down(fast, slow)


def _rsi_enter(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rsi = talib.RSI(close, 14)
    return _down(rsi, 30.0), _up(rsi, 70.0)


def _rsi_leave(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rsi = talib.RSI(close, 14)
    return _up(rsi, 30.0), _down(rsi, 70.0)


def _macd(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    line, signal, _ = talib.MACD(close, 12, 26, 9)
    return _up(line, signal), _down(line, signal)


def _bands(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    upper, _, lower = talib.BBANDS(close, 20, 2.0, 2.0, 0)
    return _down(close, lower), _up(close, upper)


def _donchian(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    top, bottom = np.full(len(close), np.nan), np.full(len(close), np.nan)
    top[1:], bottom[1:] = talib.MAX(high, 20)[:-1], talib.MIN(low, 10)[:-1]
    return close > top, close < bottom
