"""Live market data: taken in once, asked about at each close as scheduled, and refused when stale."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.kernel.outbox.models import OutboxMessage
from apps.signals.adapters.sources import market_data
from apps.signals.errors import UnknownMarketData, UnusableMarketData
from apps.signals.models import Candle, Schedule, Series, Signal
from apps.signals.ports import MarketBar, Opening, Tape
from apps.signals.services import (
    expire_signals,
    generate,
    generate_due,
    generate_live,
    ingest_closed_bars,
    seed_strategies,
)
from apps.signals.services import ingestion as ingestion_room
from tests.integration.signals.conftest import told
from tests.support.candles import a_walk, times

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]

HOUR = timedelta(hours=1)
OPENS = times(400)


class MadeUpMarket:
    """A walk whose first `closed` bars have closed."""

    simulated = False

    def __init__(self, closed):
        self.closed, self.bars = closed, a_walk(400, seed=21)

    def bars_after(self, symbol, *, timeframe, after, limit):
        start = 0 if after is None else OPENS.index(after) + 1
        end = min(self.closed, start + limit)
        following = Opening(OPENS[end], Decimal(repr(float(self.bars.open[end]))))
        return Tape([self.bar(n) for n in range(start, end)], following)

    def bar(self, n):
        columns = (self.bars.open, self.bars.high, self.bars.low, self.bars.close, self.bars.volume)
        return MarketBar(OPENS[n], *(Decimal(repr(float(column[n]))) for column in columns))


@pytest.fixture
def live(settings, monkeypatch, time_machine):
    """Return a live market, with the wall clock just after the close of its last bar."""
    settings.TREUM_SIGNALS_MARKET_DATA = "ccxt"
    market = MadeUpMarket(closed=350)
    monkeypatch.setattr(ingestion_room, "market_data", lambda: market)
    time_machine.move_to(OPENS[350] + timedelta(seconds=5), tick=False)
    return market


def test_closed_bars_are_taken_in_once_and_told(live):
    assert ingest_closed_bars("LIVE-USDT", timeframe="1h") == 350
    assert ingest_closed_bars("LIVE-USDT", timeframe="1h") == 0
    live.closed = 352
    assert ingest_closed_bars("LIVE-USDT", timeframe="1h") == 2
    assert Candle.objects.count() == 352
    bars = told("market.bar.closed")
    assert len(bars) == 352
    assert float(bars[-1]["next_open"]) == live.bars.open[352]
    assert bars[-1]["simulated"] is False
    assert Series.objects.get().released_through == OPENS[351]


def test_bars_come_in_pages(live, settings):
    settings.TREUM_SIGNALS_HISTORY_BARS = 100
    assert ingest_closed_bars("LIVE-USDT", timeframe="1h") == 350


def test_an_impossible_bar_is_refused_before_anything_is_stored(live):
    live.bars.high[340] = 0.5
    with pytest.raises(UnusableMarketData):
        ingest_closed_bars("LIVE-USDT", timeframe="1h")
    assert not Candle.objects.exists()


def test_a_schedule_is_asked_once_for_each_bar(live, time_machine):
    strategy = seed_strategies()[0]
    Schedule.objects.create(strategy=strategy, symbol="LIVE-USDT")
    Schedule.objects.create(strategy=strategy, symbol="OFF-USDT", enabled=False)
    assert [generate_due(), generate_due()] == [1, 0]
    time_machine.move_to(OPENS[351] + timedelta(seconds=5), tick=False)
    assert generate_due() == 1
    asked = OutboxMessage.objects.using("signals").filter(name="signals.generate").values_list("body", flat=True)
    assert list(asked) == [f'[{strategy.pk}, "LIVE-USDT"]'] * 2


def test_schedules_rest_while_a_replay_is_the_market(live, settings):
    settings.TREUM_SIGNALS_MARKET_DATA = "replay"
    Schedule.objects.create(strategy=seed_strategies()[0], symbol="LIVE-USDT")
    assert generate_due() == 0


def test_a_live_signal_is_told_with_its_expiry_on_the_envelope(live, time_machine):
    strategy = next(one for one in seed_strategies() if one.code == "donchian_20_10")
    while not Signal.objects.exists():
        live.closed += 1
        time_machine.move_to(OPENS[live.closed], tick=False)
        generate_live(strategy.pk, "LIVE-USDT")
    signal = Signal.objects.get()
    row = OutboxMessage.objects.using("signals").get(name="signal.generated")
    assert row.expires_at == signal.expires_at == signal.bar_time + 5 * HOUR
    assert signal.data_as_of == signal.bar_time + HOUR


def answer_at(strategy, n):
    return generate(strategy.pk, symbol="LIVE-USDT", up_to=OPENS[n])


def test_live_signals_expire_by_the_wall_clock(live):
    """The bars are of 2024, so by the database's clock every expiry has long passed."""
    strategy = next(one for one in seed_strategies() if one.code == "donchian_20_10")
    ingest_closed_bars("LIVE-USDT", timeframe="1h")
    spoken = [n for n in range(250, 350) if answer_at(strategy, n).signal]
    assert spoken
    expire_signals()
    assert not Signal.objects.filter(status="active").exists()


def test_stale_data_makes_no_signal_and_says_so(live, time_machine):
    strategy = seed_strategies()[0]
    schedule = Schedule.objects.create(strategy=strategy, symbol="LIVE-USDT")
    time_machine.move_to(OPENS[350] + 2 * HOUR + timedelta(seconds=1), tick=False)
    answer = generate_live(strategy.pk, "LIVE-USDT")
    assert (answer.type, answer.signal) == ("HOLD", None)
    assert "more than 2 bars" in answer.note
    schedule.refresh_from_db()
    assert schedule.stale_runs == 1
    assert not Signal.objects.exists()


def test_an_unknown_source_is_refused_by_name(settings):
    settings.TREUM_SIGNALS_MARKET_DATA = "crystal_ball"
    with pytest.raises(UnknownMarketData, match="crystal_ball"):
        market_data()


def test_the_replay_is_the_default_source():
    assert market_data().simulated
    assert ingest_closed_bars("ANY-USDT", timeframe="1h") == 0
