"""The REST door of signals: what is on record, what has closed, and nothing from ahead of the clock."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.signals.models import Signal, Strategy
from apps.signals.services import advance_replay, score_outcomes, start_replay
from tests.integration.signals.conftest import SYMBOL, run_to_end
from tests.support.entitlements import may_see
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]


@pytest.fixture
def client():
    return client_of(may_see(a_person()))


@pytest.fixture
def record(market):
    run_to_end(start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"]))
    score_outcomes()


def results(client, path, **query):
    reply = client.get(f"/api/v1/{path}", query)
    assert reply.status_code == 200, reply.json()
    return reply.json()["results"]


def test_signals_are_listed_newest_bar_first_with_plain_decimals(client, record):
    newest = Signal.objects.order_by("-bar_time").first()
    first, *_ = results(client, "signals")
    assert first["id"] == str(newest.id)
    assert first["strategy"] == "donchian_20_10"
    assert "E" not in first["price"]
    assert first["bar_time"].endswith("Z")
    assert {item["indicator"] for item in first["evidence"]} >= {"close", "ATR(14)"}
    assert client.get(f"/api/v1/signals/{newest.id}").json() == first


@pytest.mark.parametrize(
    ("query", "lookup"),
    [
        ({"type": "BUY"}, {"type": "BUY"}),
        ({"status": "closed"}, {"status": "closed"}),
        ({"outcome": "stop_hit"}, {"outcome": "stop_hit"}),
        ({"symbol": SYMBOL, "strategy": "donchian_20_10"}, {}),
        ({"symbol": "NONE"}, {"symbol": "NONE"}),
        (
            {"since": "2024-01-10T00:00:00Z", "until": "2024-01-15T00:00:00Z"},
            {"bar_time__range": ("2024-01-10T00:00Z", "2024-01-14T23:00Z")},
        ),
    ],
)
def test_signals_are_filtered(client, record, query, lookup):
    found = {row["id"] for row in results(client, "signals", page_size=200, **query)}
    assert found == {str(pk) for pk in Signal.objects.filter(**lookup).values_list("pk", flat=True)}


@pytest.mark.parametrize("query", [{"type": "HOLD"}, {"status": "new"}, {"since": "yesterday"}])
def test_a_filter_that_cannot_be_is_invalid(client, record, query):
    assert client.get("/api/v1/signals", query).status_code == 400


def test_candles_ahead_of_the_clock_are_nobodys_to_see(client, market):
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"])
    assert results(client, "candles", symbol=SYMBOL, timeframe="1h") == []
    advance_replay(replay.pk)
    replay.refresh_from_db()
    shown = results(client, "candles", symbol=SYMBOL, timeframe="1h", page_size=200)
    assert len(shown) == replay.position
    assert shown[0]["open_time"] == f"{replay.clock:%Y-%m-%dT%H:%M:%SZ}"


def test_candles_are_asked_for_by_symbol_and_timeframe(client):
    assert client.get("/api/v1/candles", {"symbol": SYMBOL}).status_code == 400


def test_instruments_show_their_grid(client, market):
    (instrument,) = results(client, "instruments")
    assert (instrument["symbol"], instrument["tick"], instrument["min_notional"]) == (SYMBOL, "0.00000001", "0")
    assert client.get(f"/api/v1/instruments/{SYMBOL}").json() == instrument
    assert client.get("/api/v1/instruments/NONE-USDT").status_code == 404


def test_strategies_show_a_track_record_of_every_signal(client, record):
    (shown,) = results(client, "strategies")
    track = shown["track_record"]
    assert track["signals"] == Signal.objects.count()
    assert track["buys"] == track["target_hit"] + track["stop_hit"] + track["time_exit"] + track["undecided"]
    assert client.get(f"/api/v1/strategies/{shown['id']}").json() == shown


def test_a_page_of_strategies_takes_as_many_queries_as_one(client, record):
    with CaptureQueriesContext(connections["signals"]) as one:
        results(client, "strategies")
    Strategy.objects.bulk_create([Strategy(code=f"s{n}", timeframe="1h", name="S") for n in range(20)])
    with CaptureQueriesContext(connections["signals"]) as many:
        assert len(results(client, "strategies")) == 21
    assert len(many) == len(one)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_record_is_read_only_here(client, record, method):
    signal = Signal.objects.first()
    assert getattr(client, method)(f"/api/v1/signals/{signal.id}").status_code == 405
