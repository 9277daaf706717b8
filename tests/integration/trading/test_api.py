"""The REST doors of trading: own things only, sentences for what is refused."""

from decimal import Decimal

import pytest

from apps.trading import services
from apps.trading.enums import Sizing
from apps.trading.models import Account
from tests.support.market import Market, entitle, new_strategy, work
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "trading"])]

API = "/api/v1"


@pytest.fixture
def person():
    return a_person()


@pytest.fixture
def client(person):
    return client_of(person)


@pytest.fixture
def account(person):
    entitle(person.pk)
    return services.open_accounts([services.NewAccount(person.pk, "Paper", "USDT", Decimal(10_000))])[0]


@pytest.fixture
def traded(account):
    strategy = new_strategy()
    market = Market(f"T{strategy}-USDT")
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1010))
    services.follow_strategies([services.NewFollow(account, terms)], strategy_id=strategy)
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy"), market.signal(strategy, "buy")])
    work()
    return market


def results(client, path, **query):
    answer = client.get(f"{API}{path}", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def test_a_stranger_sees_nothing_of_it(account):
    stranger = client_of(a_person())
    assert results(stranger, "/accounts") == []
    assert stranger.get(f"{API}/accounts/{account}").status_code == 404
    assert stranger.get(f"{API}/accounts/{account}/portfolio-history").status_code == 404
    refused = stranger.post(
        f"{API}/follows", {"account_id": account, "strategy_id": 1, "sizing": "all_in"}, format="json"
    )
    assert refused.status_code == 404


def test_a_follow_is_made_changed_paused_resumed_and_ended(client, account):
    strategy = new_strategy()
    body = {"account_id": account, "strategy_id": strategy, "sizing": "fixed_notional", "sizing_value": "250"}
    made = client.post(f"{API}/follows", body, format="json")
    assert made.status_code == 201, made.json()
    path = f"{API}/follows/{made.json()['id']}"
    assert made.json()["terms"]["sizing_value"] == "250"
    assert client.post(f"{API}/follows", body, format="json").status_code == 409
    changed = client.put(path, {"sizing": "all_in", "max_price_deviation_bps": "25"}, format="json").json()
    assert changed["terms"] == {
        "sizing": "all_in", "sizing_value": None, "max_notional_per_order": None, "max_price_deviation_bps": "25",
        "max_signal_age_bars": None,
    }  # fmt: skip
    assert client.post(f"{path}/pause").json()["state"] == "paused"
    assert client.post(f"{path}/resume").json()["state"] == "active"
    assert client.post(f"{path}/end").json()["state"] == "ended"
    again = client.post(f"{path}/pause")
    assert (again.status_code, again.json()["type"]) == (409, "urn:treum:problem:follow_ended")


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"sizing": "fixed_notional"}, id="a size is missing"),
        pytest.param({"sizing": "all_in", "sizing_value": "5"}, id="all-in takes no size"),
        pytest.param({"sizing": "percent_of_equity", "sizing_value": "101"}, id="more than everything"),
        pytest.param({"sizing": "all_in", "max_price_deviation_bps": "0"}, id="a limit of nothing"),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms, client, account):
    answer = client.post(f"{API}/follows", {"account_id": account, "strategy_id": 1, **terms}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:treum:problem:invalid_sizing")


def test_everything_that_happened_can_be_read(client, account, traded):
    market = traded
    (order,) = results(client, "/orders")
    assert (order["status"], order["notional"], order["qty"], order["filled_qty"]) == ("filled", "1010", None, "10")
    (fill,) = results(client, "/fills", symbol=market.symbol)
    assert (fill["price"], fill["fee"], fill["realized_pl"]) == ("101", "1.01", None)
    (position,) = results(client, "/positions")
    assert (position["qty"], position["avg_entry_price"], position["market_value"]) == ("10", "101", "1000")
    assert position["unrealized_pl"] == "-10"
    decisions = results(client, "/decisions", account_id=account)
    assert [decision["code"] for decision in decisions] == ["ALREADY_IN_POSITION", "executed"]
    shown = client.get(f"{API}/accounts/{account}").json()
    assert (shown["cash"], shown["equity"]) == ("8988.99", "9988.99")
    history = client.get(f"{API}/accounts/{account}/portfolio-history").json()
    assert history["days"] == [{"day": "2021-01-01", "equity": "9988.99", "cash": "8988.99", "positions": "1000"}]
    assert history["statistics"]["win_rate"] is None


def test_the_owner_can_halt_an_account(client, account):
    answer = client.put(f"{API}/accounts/{account}/kill-switch", {"state": "HALTED"}, format="json")
    assert answer.json() == {"state": "HALTED", "cancelled_orders": 0}
    assert Account.objects.get(pk=account).kill_switch == "HALTED"
