"""Reading a candle file: CSV, plain or gzip, refused with file name and line at the first thing that cannot be true."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO

from apps.signals.errors import CandleFileRefused
from apps.signals.rules.timeframes import least_spacing

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
GZIP_MAGIC = b"\x1f\x8b"
LARGEST = Decimal("1e20")
SMALLEST = Decimal("1e-28")
EPOCH_DIGITS = {10: 1, 13: 1_000, 16: 1_000_000}


@dataclass(frozen=True, slots=True)
class FileBar:
    """One bar and the line it stands on."""

    line: int
    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class _Lines(Protocol):
    """A CSV reader: rows, and the number of the line it has come to."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


class _Refusal(Exception):
    """Why a row cannot be a bar."""


def read_candle_file(path: Path, *, timeframe: str, limit: int | None = None) -> list[FileBar]:
    """Return the bars of a file, or its first `limit`. Raises CandleFileRefused or UnknownTimeframe.

    Times are ISO 8601 (without a zone they are UTC) or Unix seconds, milliseconds or microseconds.
    """
    spacing = least_spacing(timeframe)
    with _opened(path) as text:
        reader = csv.reader(text)
        try:
            positions = _positions(next(reader, None))
            return list(islice(_checked(reader, positions, spacing=spacing), limit))
        except _Refusal as refusal:
            raise CandleFileRefused(file=path.name, line=max(reader.line_num, 1), reason=refusal) from refusal
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            reason = f"the gzip stream is damaged or cut short ({error})"
            raise CandleFileRefused(file=path.name, line=reader.line_num + 1, reason=reason) from error
        except (UnicodeDecodeError, csv.Error) as error:
            reason = f"this is not text in CSV ({error})"
            raise CandleFileRefused(file=path.name, line=reader.line_num + 1, reason=reason) from error


def _opened(path: Path) -> TextIO:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC or path.suffix == ".gz"
        if packed:
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise CandleFileRefused(file=path.name, line=1, reason=reason) from error


def _positions(header: Sequence[str] | None) -> list[int]:
    if not header:
        raise _Refusal("the file is empty; its first line must name " + ",".join(COLUMNS))
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise _Refusal(f"column {', '.join(missing)} is missing; the first line must name {','.join(COLUMNS)}")
    return [names.index(name) for name in COLUMNS]


def _checked(reader: _Lines, positions: Sequence[int], *, spacing: timedelta) -> Iterator[FileBar]:
    before: FileBar | None = None
    for row in reader:
        if not row:
            continue
        bar = _bar(row, positions, line=reader.line_num)
        if before is not None:
            _refuse_out_of_order(bar, before, spacing=spacing)
        yield bar
        before = bar
    if before is None:
        raise _Refusal("the file has no bars")


def _bar(row: Sequence[str], positions: Sequence[int], *, line: int) -> FileBar:
    if len(row) <= max(positions):
        raise _Refusal(f"the row has {len(row)} fields and is cut short")
    timestamp, *values = (row[position].strip() for position in positions)
    open_, high, low, close, volume = (_number(value, name) for name, value in zip(COLUMNS[1:], values, strict=True))
    for name, price in zip(COLUMNS[1:5], (open_, high, low, close), strict=True):
        if price < SMALLEST:
            raise _Refusal(f"{name} is {price}; prices are above zero")
    if volume < 0:
        raise _Refusal(f"volume is {volume}; it cannot be negative")
    if high < low or high < open_ or high < close:
        raise _Refusal(f"high {high} lies below open {open_}, low {low} or close {close}")
    if low > open_ or low > close:
        raise _Refusal(f"low {low} lies above open {open_} or close {close}")
    return FileBar(line, _time(timestamp), open_, high, low, close, volume)


def _number(text: str, name: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise _Refusal(f"{name} is {text!r}, which is no number") from None
    if not value.is_finite() or abs(value) >= LARGEST:
        raise _Refusal(f"{name} is {text}, which no market has shown")
    return value


def _time(text: str) -> datetime:
    try:
        if text.isdigit() and len(text) in EPOCH_DIGITS:
            return datetime.fromtimestamp(int(text) / EPOCH_DIGITS[len(text)], UTC)
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        raise _Refusal(f"timestamp is {text!r}; write it as 2024-01-31T13:00:00Z") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _refuse_out_of_order(bar: FileBar, before: FileBar, *, spacing: timedelta) -> None:
    if bar.open_time == before.open_time:
        raise _Refusal(f"the bar of {bar.open_time.isoformat()} stands here a second time")
    if bar.open_time < before.open_time:
        raise _Refusal(f"the bar of {bar.open_time.isoformat()} comes after the later one of line {before.line}")
    if bar.open_time - before.open_time < spacing:
        raise _Refusal(
            f"the bar of {bar.open_time.isoformat()} opens before the bar of line {before.line} has closed; "
            "is the timeframe right?"
        )
