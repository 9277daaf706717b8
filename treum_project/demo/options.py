"""What the demo is asked to do, checked before anything is started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.kernel.errors import Refused
from apps.signals.rules.candle_file import read_candle_file
from apps.signals.rules.timeframes import length_of
from apps.signals.strategies import rule_of
from treum_project.env import ROOT

SAMPLE = ROOT / "data" / "candles" / "BTC-USDT_1h.csv.gz"
DEFAULT_BARS = 8_760
DEFAULT_FOLLOWERS = 100
PATIENCE_SECONDS = 30


class NotAPositiveNumber(Refused):
    """{name} is {value!r}; give a whole number of at least 1."""


class SymbolMissing(Refused):
    """SYMBOL is missing: say which symbol {candles} holds, for example SYMBOL=ETH-USDT."""


class NoReportFolder(Refused):
    """The report cannot be written to {path}: its folder does not exist; create it or choose another REPORT."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The input of one demo. `patience` is how many seconds without any movement count as stuck."""

    candles: Path
    symbol: str
    timeframe: str
    strategy: str
    followers: int
    bars: int
    report: Path
    patience: int

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "DemoOptions":
        """Read and check the options. Raises Refused with a sentence for the first that will not do."""
        given = {name: value for name, value in environment.items() if value.strip()}
        candles = Path(given.get("CANDLES", str(SAMPLE))).expanduser().resolve()
        options = cls(
            candles=candles,
            symbol=given.get("SYMBOL") or _named(candles, part=0, default=None),
            timeframe=given.get("TIMEFRAME") or _named(candles, part=1, default="1h"),
            strategy=given.get("STRATEGY", "sma_cross_20_50"),
            followers=_positive("FOLLOWERS", given, DEFAULT_FOLLOWERS),
            bars=_positive("BARS", given, DEFAULT_BARS),
            report=Path(given.get("REPORT", "reports/demo.json")).expanduser().resolve(),
            patience=_positive("TREUM_DEMO_PATIENCE", given, PATIENCE_SECONDS),
        )
        options.check()
        return options

    def check(self) -> None:
        """Raise Refused if the strategy, the timeframe, the file or the report's folder will not do."""
        rule_of(self.strategy)
        length_of(self.timeframe)
        read_candle_file(self.candles, timeframe=self.timeframe, limit=self.bars)
        if self.report.parent == ROOT / "reports":
            self.report.parent.mkdir(exist_ok=True)
        if not self.report.parent.is_dir():
            raise NoReportFolder(path=self.report)


def _named(candles: Path, *, part: int, default: str | None) -> str:
    """Read symbol or timeframe off a file name like ETH-USDT_1h.csv.gz."""
    parts = candles.name.split(".")[0].split("_")
    if len(parts) == 2 and all(parts):
        return parts[part]
    if default is None:
        raise SymbolMissing(candles=candles)
    return default


def _positive(name: str, given: Mapping[str, str], default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise NotAPositiveNumber(name=name, value=text)
    return int(text)
