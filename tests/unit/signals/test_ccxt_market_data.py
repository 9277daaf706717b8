"""The live adapter on a made-up exchange: closed bars only, paged, patient with the network, honest about the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import ccxt
import pytest

from apps.signals.adapters.ccxt import CcxtMarketData
from apps.signals.errors import MarketDataUnavailable

NOW = datetime(2024, 1, 2, 0, 20, tzinfo=UTC)
START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class MadeUpExchange:
    """Hourly bars since START, a few to a page; `failures` are raised first."""

    id = "made-up"

    def __init__(self, *failures, page=7):
        self.failures, self.page, self.calls = list(failures), page, []

    def fetch_ohlcv(self, symbol, timeframe, since, limit):
        self.calls.append((symbol, timeframe, limit))
        if self.failures:
            raise self.failures.pop(0)
        opens = [START + n * HOUR for n in range(25)]
        rows = [[int(at.timestamp() * 1000), 10.1, 12, 9, 11.3, 5] for at in opens]
        return [row for row in rows if row[0] >= since][: min(limit, self.page)]


@pytest.fixture(autouse=True)
def at_twenty_past(time_machine):
    time_machine.move_to(NOW, tick=False)


def test_the_bar_that_is_still_open_is_only_an_opening():
    tape = CcxtMarketData(MadeUpExchange()).bars_after("BTC-USDT", timeframe="1h", after=START, limit=100)
    assert [bar.open_time for bar in tape.bars] == [START + n * HOUR for n in range(1, 24)]
    assert (tape.next.at, tape.next.price) == (START + 24 * HOUR, Decimal("10.1"))


def test_a_page_ends_with_the_opening_of_the_bar_after_it():
    tape = CcxtMarketData(MadeUpExchange()).bars_after("BTC-USDT", timeframe="1h", after=START, limit=10)
    assert [bar.open_time for bar in tape.bars] == [START + n * HOUR for n in range(1, 11)]
    assert tape.next.at == START + 11 * HOUR


def test_the_first_reading_takes_the_most_recent_bars():
    tape = CcxtMarketData(MadeUpExchange()).bars_after("BTC-USDT", timeframe="1h", after=None, limit=5)
    assert tape.bars[-1].open_time == START + 23 * HOUR
    assert len(tape.bars) == 5


def test_the_exchange_is_asked_in_its_own_words():
    exchange = MadeUpExchange()
    CcxtMarketData(exchange).bars_after("BTC-USDT", timeframe="1h", after=START, limit=3)
    assert exchange.calls[0] == ("BTC/USDT", "1h", 4)


def test_weather_is_waited_out():
    waits = []
    exchange = MadeUpExchange(ccxt.RequestTimeout("slow"), ccxt.NetworkError("away"))
    tape = CcxtMarketData(exchange, sleep=waits.append).bars_after("BTC-USDT", timeframe="1h", after=START, limit=3)
    assert len(tape.bars) == 3
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("failures", "calls"),
    [
        pytest.param([ccxt.NetworkError("away")] * 3, 3, id="weather that lasts"),
        pytest.param([ccxt.BadSymbol("no such market")], 1, id="an answer that will not change"),
    ],
)
def test_what_does_not_pass_is_unavailable(failures, calls):
    exchange = MadeUpExchange(*failures)
    with pytest.raises(MarketDataUnavailable, match=r"BTC-USDT 1h could not be read from made-up"):
        CcxtMarketData(exchange, sleep=lambda _: None).bars_after("BTC-USDT", timeframe="1h", after=START, limit=3)
    assert len(exchange.calls) == calls
