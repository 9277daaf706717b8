"""What the demo refuses: each with one sentence, before a stage is set; and a process that is missing, by its name."""

import gzip
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.support.candle_files import all_hours, write_market
from tests.support.theatre import Theatre, until
from treum_project.demo.options import SAMPLE
from treum_project.env import ROOT
from treum_project.management.commands import demo

Spoil = Callable[[list[str]], list[str]]
LINE = 30


def _with(line: str) -> Spoil:
    return lambda lines: [*lines[: LINE - 1], line, *lines[LINE:]]


def _fields(**changed: str) -> Spoil:
    names = ("timestamp", "open", "high", "low", "close", "volume")

    def spoil(lines: list[str]) -> list[str]:
        bar = {**dict(zip(names, lines[LINE - 1].split(","), strict=True)), **changed}
        return _with(",".join(bar.values()))(lines)

    return spoil


BAD_LINES: dict[str, tuple[Spoil, int, str]] = {
    "a duplicate": (lambda lines: [*lines[:LINE], lines[LINE - 1], *lines[LINE:]], LINE + 1, "a second time"),
    "a backward bar": (lambda lines: [*lines[:LINE], lines[LINE - 5], *lines[LINE:]], LINE + 1, "comes after"),
    "a bar that overlaps": (_fields(timestamp="2023-01-03T03:30:00Z"), LINE, "closed"),
    "a NaN": (_fields(close="NaN"), LINE, "close is NaN"),
    "infinity": (_fields(high="inf"), LINE, "high is inf"),
    "a word": (_fields(open="n/a"), LINE, "no number"),
    "a blank": (_fields(low=""), LINE, "no number"),
    "a negative price": (_fields(low="-1"), LINE, "low is -1"),
    "a price of nothing": (_fields(low="0"), LINE, "low is 0"),
    "a negative volume": (_fields(volume="-5"), LINE, "volume is -5"),
    "a high below its low": (_fields(high="0.5", low="0.6"), LINE, "high 0.5 lies below"),
    "a low above its close": (_fields(low="90", high="95", close="80", open="91"), LINE, "low 90 lies above"),
    "a row cut short": (_with("2023-01-03T05:00:00Z,1,1"), LINE, "cut short"),
    "a time that is none": (_fields(timestamp="yesterday"), LINE, "timestamp is 'yesterday'"),
    "a missing column": (lambda lines: [line.rpartition(",")[0] for line in lines], 1, "column volume is missing"),
    "no bars": (lambda lines: lines[:1], 1, "no bars"),
    "nothing at all": (lambda lines: [], 1, "empty"),
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file without fault."""
    return write_market(tmp_path / "COIN-USDT_1h.csv", all_hours(), bars=80, price=100, digits=2, seed=1)


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Run `manage.py demo` where it may not reach its stage; return its one sentence."""

    class Untouched(AssertionError):
        """The stage was set for something that should have been refused before."""

    def stage(**_: object) -> None:
        raise Untouched

    def run(**options: object) -> str:
        monkeypatch.setattr(demo, "Stage", stage)
        for name in ("CANDLES", "SYMBOL", "TIMEFRAME", "STRATEGY", "FOLLOWERS", "BARS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"REPORT": tmp_path / "report.json", **options}.items():
            monkeypatch.setenv(name, str(value))
        errors = io.StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("demo", stdout=io.StringIO(), stderr=errors, no_color=True)
        assert end.value.code == 2
        assert not (tmp_path / "report.json").exists()
        (sentence,) = errors.getvalue().splitlines()
        return sentence

    return run


@pytest.mark.parametrize("fault", BAD_LINES)
def test_a_bad_line_is_refused_with_file_and_line(good: Path, refused: Callable[..., str], fault: str) -> None:
    spoil, line, reason = BAD_LINES[fault]
    lines = spoil(good.read_text().splitlines())
    good.write_text("\n".join(lines) + "\n" if lines else "")
    sentence = refused(CANDLES=good)
    assert sentence.startswith(f"{good.name}, line {line}: ")
    assert reason in sentence


def test_a_truncated_gzip_is_refused_with_file_and_line(tmp_path: Path, refused: Callable[..., str]) -> None:
    cut = tmp_path / "BTC-USDT_1h.csv.gz"
    cut.write_bytes(SAMPLE.read_bytes()[:40_000])
    sentence = refused(CANDLES=cut)
    assert sentence.startswith(f"{cut.name}, line ")
    assert "cut short" in sentence


def test_damaged_and_false_gzips_are_refused(tmp_path: Path, good: Path, refused: Callable[..., str]) -> None:
    damaged, false = tmp_path / "A-B_1h.csv.gz", tmp_path / "C-D_1h.csv.gz"
    packed = bytearray(gzip.compress(good.read_bytes()))
    packed[-6] ^= 255
    damaged.write_bytes(packed)
    false.write_bytes(good.read_bytes())
    for file in (damaged, false):
        assert refused(CANDLES=file).startswith(f"{file.name}, line ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"CANDLES": "/nowhere/A-B_1h.csv"}, "A-B_1h.csv, line 1: the file cannot be read"),
        ({"STRATEGY": "moon"}, "There is no strategy 'moon'; use one of"),
        ({"TIMEFRAME": "7x"}, "Timeframe '7x' is not known; use one of"),
        ({"FOLLOWERS": "0"}, "FOLLOWERS is '0'; give a whole number of at least 1."),
        ({"FOLLOWERS": "-3"}, "FOLLOWERS is '-3'"),
        ({"BARS": "x"}, "BARS is 'x'; give a whole number of at least 1."),
        ({"REPORT": "/nowhere/report.json"}, "The report cannot be written to /nowhere/report.json"),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_an_option_that_will_not_do_is_refused(refused: Callable[..., str], options: dict, says: str) -> None:
    assert says in refused(**options)


def test_a_file_that_does_not_tell_its_symbol_asks_for_it(good: Path, refused: Callable[..., str]) -> None:
    nameless = good.rename(good.with_name("prices.csv"))
    assert "SYMBOL is missing" in refused(CANDLES=nameless)


def test_the_command_ends_at_once_and_writes_nothing(good: Path) -> None:
    good.write_text(good.read_text().replace(",", ";"))
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={**_environment(), "CANDLES": str(good), "REPORT": str(good.with_name("report.json"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"{good.name}, line 1: column timestamp, open")
    assert len(done.stderr.splitlines()) == 1
    assert time.monotonic() - started < 30
    assert [path.name for path in good.parent.iterdir()] == [good.name]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("SYMBOL", "TIMEFRAME", "STRATEGY")}


@pytest.mark.parametrize("missing", ["relay", "intake", "worker-trading"])
def test_a_missing_process_is_named(theatre: Theatre, missing: str) -> None:
    until(lambda: theatre.supervisor.states()[missing] == "RUNNING", seconds=30)
    theatre.supervisor.stop_process(missing)
    try:
        played = theatre.play(SAMPLE, FOLLOWERS=5, BARS=120, TREUM_DEMO_PATIENCE=4)
    finally:
        theatre.supervisor.start_process(missing)
    assert played.code == 1
    assert "The demo failed: The demo has stopped moving for 4 s." in played.output
    assert f"Start the process `{missing}`." in played.output
    assert played.report == {}
