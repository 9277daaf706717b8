"""What a strategy is: a pure function from a prefix of bars to the bars on which it would buy and sell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Parameters = Mapping[str, float]

LEVELS: dict[str, float] = {
    "atr_period": 14,
    "target_atr": 3,
    "stop_atr": 2,
    "horizon_bars": 48,
    "expires_after_bars": 4,
}
"""Parameters that every strategy has: where target and stop lie, how long the outcome and the entry stay open."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A prefix of a series, oldest bar first. Nothing after its last bar can be reached from it."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.close)

    def until(self, end: int) -> "Bars":
        """Return the first `end` bars."""
        return Bars(self.open[:end], self.high[:end], self.low[:end], self.close[:end], self.volume[:end])

    def followed_by(self, later: "Bars") -> "Bars":
        """Return these bars with the later ones behind them."""
        return Bars(
            np.concatenate((self.open, later.open)),
            np.concatenate((self.high, later.high)),
            np.concatenate((self.low, later.low)),
            np.concatenate((self.close, later.close)),
            np.concatenate((self.volume, later.volume)),
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """Where to buy, where to sell, and the indicators that say so, each as long as the prefix."""

    buy: Flags
    sell: Flags
    readings: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Rule:
    """A strategy as code: its stable name, what it says in words, its parameters and its function."""

    code: str
    name: str
    description: str
    buys_when: str
    sells_when: str
    decide: Callable[[Bars, Parameters], Advice]
    parameters: Mapping[str, float] = field(default_factory=dict)
    version: int = 1

    def all_parameters(self) -> dict[str, float]:
        """Return the defaults of every parameter."""
        return {**LEVELS, **self.parameters}
