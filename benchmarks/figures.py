"""One measured figure beside its yardstick, as the report stores it."""

from typing import Any

Figure = dict[str, Any]

SECONDS = "seconds"
"""The unit of figures that are better when smaller; of all others more is better."""


def figure(
    name: str, *, ours: float | None, yardstick: float | None, unit: str, goal: float | None, reason: str | None = None
) -> Figure:
    """Return a figure; its ratio is ours by the yardstick's. `reason` says why one of the two is missing."""
    ratio = round(ours / yardstick, 3) if ours is not None and yardstick else None
    row: Figure = {
        "name": name,
        "ours": _rounded(ours),
        "yardstick": _rounded(yardstick),
        "unit": unit,
        "ratio": ratio,
        "goal": goal,
    }
    return {**row, "reason": reason} if reason else row


def reached(row: Figure) -> bool | None:
    """Say whether a figure reaches its goal, or None where there is nothing to compare.

    A ratio is held against the goal where there is one, else our own figure; less is better of seconds.
    """
    value = row["ratio"] if row["ratio"] is not None else row["ours"]
    if (
        value is None
        or row["goal"] is None
        or (row["ratio"] is None and row["yardstick"] is None and row.get("reason"))
    ):
        return None
    return bool(value <= row["goal"]) if row["unit"] == SECONDS else bool(value >= row["goal"])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3 if value < 100 else 0)
