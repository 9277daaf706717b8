"""A cross is "now strictly beyond, on the bar before not"; undefined values never cross."""

import numpy as np

from apps.signals.strategies.rule import Flags, Floats


def crossed_above(line: Floats, level: Floats | float) -> Flags:
    """Return the bars on which `line` is above `level` and on the bar before was not."""
    crossed = np.zeros(len(line), dtype=np.bool_)
    if isinstance(level, np.ndarray):
        crossed[1:] = (line[1:] > level[1:]) & (line[:-1] <= level[:-1])
    else:
        crossed[1:] = (line[1:] > level) & (line[:-1] <= level)
    return crossed


def crossed_below(line: Floats, level: Floats | float) -> Flags:
    """Return the bars on which `line` is below `level` and on the bar before was not."""
    crossed = np.zeros(len(line), dtype=np.bool_)
    if isinstance(level, np.ndarray):
        crossed[1:] = (line[1:] < level[1:]) & (line[:-1] >= level[:-1])
    else:
        crossed[1:] = (line[1:] < level) & (line[:-1] >= level)
    return crossed


def prior(line: Floats) -> Floats:
    """Return the line moved one bar later, so that each bar sees the value of the bar before it."""
    moved = np.full(len(line), np.nan)
    moved[1:] = line[:-1]
    return moved
