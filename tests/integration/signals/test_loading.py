"""Loading candle files into the database: once, whole, and never over what was released."""

from decimal import Decimal

import pytest

from apps.signals.errors import CandleFileRefused
from apps.signals.models import Candle, Instrument, Series
from apps.signals.services import load_candles
from tests.support.candles import a_walk, times, write_candles

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]


@pytest.fixture
def bars_file(tmp_path):
    return write_candles(tmp_path / "bars.csv", a_walk(50))


def change_line(path, *, line, to):
    lines = path.read_text().splitlines()
    lines[line - 1] = to
    path.write_text("\n".join(lines) + "\n")


def test_a_file_is_loaded_with_every_digit(bars_file):
    loaded = load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    assert (loaded.bars, loaded.added, loaded.replaced) == (50, 50, 0)
    assert (loaded.first, loaded.last) == (times(50)[0], times(50)[-1])
    rows = bars_file.read_text().splitlines()[1:]
    stored = Candle.objects.order_by("open_time").values_list("open", "high", "low", "close", "volume")
    assert list(stored) == [tuple(map(Decimal, row.split(",")[1:])) for row in rows]


def test_loading_the_same_again_changes_nothing(bars_file):
    load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    before = list(Candle.objects.order_by("pk").values())
    again = load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    assert (again.added, again.replaced) == (0, 0)
    assert list(Candle.objects.order_by("pk").values()) == before


def test_a_longer_file_adds_its_later_bars(bars_file, tmp_path):
    load_candles(bars_file, symbol="ABC-USDT", timeframe="1h", limit=30)
    assert load_candles(bars_file, symbol="ABC-USDT", timeframe="1h").added == 20


def test_an_unknown_symbol_gets_the_finest_grid(bars_file):
    load_candles(bars_file, symbol="ABC-JPY", timeframe="1h")
    load_candles(bars_file, symbol="SPY", timeframe="1h")
    pair, share = Instrument.objects.get(symbol="ABC-JPY"), Instrument.objects.get(symbol="SPY")
    assert (pair.base_currency, pair.quote_currency) == ("ABC", "JPY")
    assert (share.base_currency, share.quote_currency) == ("SPY", "USD")
    assert (pair.tick, pair.lot, pair.min_notional) == (Decimal("1e-8"), Decimal("1e-8"), Decimal(0))


def test_a_bad_last_line_leaves_nothing_behind(bars_file):
    change_line(bars_file, line=51, to="2024-01-03T01:00:00Z,1,nan,1,1,1")
    with pytest.raises(CandleFileRefused, match=r"bars\.csv, line 51"):
        load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    assert not Candle.objects.exists()
    assert not Instrument.objects.exists()


def test_a_differing_bar_is_refused_unless_it_is_to_be_replaced(bars_file):
    load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    change_line(bars_file, line=11, to="2024-01-01T09:00:00Z,7,8,6,7,1")
    with pytest.raises(CandleFileRefused, match=r"line 11: .* differs from the stored one"):
        load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    replaced = load_candles(bars_file, symbol="ABC-USDT", timeframe="1h", replace=True)
    assert (replaced.added, replaced.replaced) == (0, 1)
    assert Candle.objects.get(open_time=times(50)[9]).close == 7


def test_a_released_bar_is_never_replaced(bars_file):
    load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    Series.objects.update(released_through=times(50)[20])
    change_line(bars_file, line=11, to="2024-01-01T09:00:00Z,7,8,6,7,1")
    with pytest.raises(CandleFileRefused, match=r"line 11: .* differs from the one that was released"):
        load_candles(bars_file, symbol="ABC-USDT", timeframe="1h", replace=True)


def test_a_new_bar_behind_the_clock_is_refused(bars_file, tmp_path):
    load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
    Candle.objects.filter(open_time=times(50)[5]).delete()
    Series.objects.update(released_through=times(50)[20])
    with pytest.raises(CandleFileRefused, match=r"line 7: .* the market clock has already passed it"):
        load_candles(bars_file, symbol="ABC-USDT", timeframe="1h")
