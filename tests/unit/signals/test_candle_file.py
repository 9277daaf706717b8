"""Candle files: every well-formed one is read, and each kind of bad one is refused with file name and line."""

import gzip
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.signals.errors import CandleFileRefused, UnknownTimeframe
from apps.signals.rules.candle_file import read_candle_file

HEADER = "timestamp,open,high,low,close,volume\n"
FIRST = "2024-01-01T00:00:00Z,10,12,9,11,5\n"
SECOND = "2024-01-01T01:00:00Z,11,12,10,11,5\n"


def write(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "is empty"),
        (HEADER, 1, "no bars"),
        ("timestamp,open,high,low,close\n", 1, "column volume is missing"),
        (HEADER + FIRST + FIRST, 3, "a second time"),
        (HEADER + SECOND + FIRST, 3, "comes after the later one of line 2"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,NaN,12,10,11,5\n", 3, "open is NaN"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,inf,10,11,5\n", 3, "high is inf"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,10,abc,5\n", 3, "close is 'abc'"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,10,,5\n", 3, "close is ''"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,-10,11,5\n", 3, "low is -10"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,0,12,10,11,5\n", 3, "open is 0"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,10,11,-1\n", 3, "volume is -1"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,10,12,11,5\n", 3, "high 10 lies below"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,10,13,5\n", 3, "high 12 lies below"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12,11.5,12,5\n", 3, "low 11.5 lies above"),
        (HEADER + FIRST + "2024-01-01T01:00:00Z,11,12\n", 3, "cut short"),
        (HEADER + FIRST + "yesterday,11,12,10,11,5\n", 3, "timestamp is 'yesterday'"),
        (HEADER + FIRST + "2024-01-01T00:05:00Z,11,12,10,11,5\n", 3, "is the timeframe right?"),
    ],
)
def test_a_bad_file_is_refused_where_it_is_bad(tmp_path, text, line, reason):
    path = write(tmp_path / "bars.csv", text)
    with pytest.raises(CandleFileRefused) as refused:
        read_candle_file(path, timeframe="1h")
    assert f"bars.csv, line {line}: " in str(refused.value)
    assert reason in str(refused.value)


@pytest.mark.parametrize("kept", [5, 40, 2000], ids=["in the header", "in the first block", "in the middle"])
def test_a_truncated_gzip_is_refused(tmp_path, kept):
    rows = "".join(
        f"2024-01-{d:02}T{h:02}:00:00Z,10.{d}{h},12,9,11.{h},{d * h}\n" for d in range(1, 29) for h in range(24)
    )
    packed = gzip.compress((HEADER + rows).encode())
    path = tmp_path / "bars.csv.gz"
    path.write_bytes(packed[:kept])
    with pytest.raises(CandleFileRefused, match=r"bars\.csv\.gz, line \d+: the gzip stream is damaged or cut short"):
        read_candle_file(path, timeframe="1h")


@pytest.mark.parametrize("body", [b"\xff\xfe\x00\x01" * 50, b"\x00" * 64], ids=["binary", "nulls"])
def test_what_is_no_text_is_refused(tmp_path, body):
    path = tmp_path / "bars.csv"
    path.write_bytes(body)
    with pytest.raises(CandleFileRefused, match=r"bars\.csv, line 1"):
        read_candle_file(path, timeframe="1h")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CandleFileRefused, match=r"none\.csv, line 1: the file cannot be read"):
        read_candle_file(tmp_path / "none.csv", timeframe="1h")


@pytest.mark.parametrize(
    "stamp",
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00+00:00",
        "2024-01-01 00:00:00",
        "2024-01-01 00:00:00 UTC",
        "2024-01-01T02:00:00+02:00",
        "2024-01-01",
        "1704067200",
        "1704067200000",
    ],
)
def test_times_may_be_written_as_people_write_them(tmp_path, stamp):
    path = write(tmp_path / "bars.csv", HEADER + f"{stamp},10,12,9,11,5\n")
    assert read_candle_file(path, timeframe="1h")[0].open_time == datetime(2024, 1, 1, tzinfo=UTC)


def test_columns_may_stand_in_any_order_with_others_between(tmp_path):
    text = "\ufeffClose,Volume,trades,Timestamp, open,High,Low\r\n11,5,77,2024-01-01,10,12,9\r\n\r\n"
    (bar,) = read_candle_file(write(tmp_path / "bars.csv", text), timeframe="1d")
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == tuple(map(Decimal, ("10", "12", "9", "11", "5")))


def test_tiny_prices_keep_every_digit(tmp_path):
    row = "2024-01-01,2.8995130000000003e-05,2.9e-05,2.8e-05,2.8995130000000003e-05,1e12\n"
    (bar,) = read_candle_file(write(tmp_path / "bars.csv", HEADER + row), timeframe="1h")
    assert bar.open == Decimal("0.000028995130000000003")


def test_gaps_and_shifted_sessions_are_well_formed(tmp_path):
    rows = "2024-03-08T05:00:00Z,10,12,9,11,0\n2024-03-11T04:00:00Z,10,12,9,11,0\n2024-03-12T03:00:00Z,10,12,9,11,0\n"
    assert len(read_candle_file(write(tmp_path / "bars.csv", HEADER + rows), timeframe="1d")) == 3


def test_only_the_first_bars_are_read_when_a_limit_is_given(tmp_path):
    path = write(tmp_path / "bars.csv", HEADER + FIRST + SECOND + "garbage\n")
    assert [bar.line for bar in read_candle_file(path, timeframe="1h", limit=2)] == [2, 3]


def test_an_unknown_timeframe_is_named_with_those_there_are(tmp_path):
    path = write(tmp_path / "bars.csv", HEADER + FIRST)
    with pytest.raises(UnknownTimeframe, match="'2h' is not known; use one of 1m, 5m"):
        read_candle_file(path, timeframe="2h")
