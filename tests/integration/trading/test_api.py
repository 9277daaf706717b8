"""The REST doors of trading: own things only, sentences for what is refused."""

from decimal import Decimal

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.kernel.ids import uuid7
from apps.trading import services
from apps.trading.enums import Sizing
from apps.trading.models import Account, Follow, Order, StrategyRoster
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
def strategy():
    """A strategy that trading has heard of."""
    strategy = new_strategy()
    services.ensure_rosters({strategy: f"rule_{strategy}"})
    return strategy


@pytest.fixture
def traded(account, strategy):
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


def once():
    """Return the header of a request that nobody has sent before."""
    return {"Idempotency-Key": str(uuid7())}


def test_what_belongs_to_others_does_not_exist(account, strategy, traded):
    follow_id = Follow.objects.get(account=account).pk
    stranger = client_of(a_person())
    for path in ("/accounts", "/follows", "/orders", "/fills", "/positions", "/decisions"):
        assert results(stranger, path) == []
    order = Order.objects.get(account=account).pk
    body = {"account_id": account, "strategy_id": strategy, "sizing": "all_in"}
    knocks = [
        stranger.get(f"{API}/accounts/{account}"),
        stranger.get(f"{API}/accounts/{account}/portfolio-history"),
        stranger.put(f"{API}/accounts/{account}/kill-switch", {"state": "HALTED"}, format="json"),
        stranger.get(f"{API}/follows/{follow_id}"),
        stranger.put(f"{API}/follows/{follow_id}", {"sizing": "all_in"}, format="json"),
        *(stranger.post(f"{API}/follows/{follow_id}/{deed}") for deed in ("pause", "resume", "end")),
        stranger.get(f"{API}/orders/{order}"),
        stranger.post(f"{API}/orders/{order}/cancel", headers=once()),
        stranger.post(f"{API}/follows", body, format="json"),
    ]
    assert [answer.status_code for answer in knocks] == [404] * len(knocks)
    assert Account.objects.get(pk=account).kill_switch == "ACTIVE"
    assert Follow.objects.get(pk=follow_id).state == "active"


def test_a_strategy_nobody_has_heard_of_cannot_be_followed(client, account):
    unknown = new_strategy()
    body = {"account_id": account, "strategy_id": unknown, "sizing": "all_in"}
    answer = client.post(f"{API}/follows", body, format="json")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:treum:problem:unknown_strategy")
    assert not StrategyRoster.objects.filter(pk=unknown).exists()


def test_a_follow_is_made_changed_paused_resumed_and_ended(client, account, strategy):
    body = {"account_id": account, "strategy_id": strategy, "sizing": "fixed_notional", "sizing_value": "250"}
    made = client.post(f"{API}/follows", body, format="json")
    assert made.status_code == 201, made.json()
    path = f"{API}/follows/{made.json()['id']}"
    assert made.json()["terms"]["sizing_value"] == "250"
    assert (made.json()["strategy_id"], made.json()["strategy"]) == (strategy, f"rule_{strategy}")
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
    (order,) = results(client, "/orders")
    assert (order["status"], order["notional"], order["qty"], order["filled_qty"]) == ("filled", "1010", None, "10")
    (fill,) = results(client, "/fills", symbol=traded.symbol)
    assert (fill["price"], fill["fee"], fill["realized_pl"]) == ("101", "1.01", None)
    (position,) = results(client, "/positions")
    assert (position["qty"], position["avg_entry_price"], position["market_value"]) == ("10", "101", "1000")
    assert position["unrealized_pl"] == "-10"
    decisions = results(client, "/decisions", account_id=account)
    assert [decision["code"] for decision in decisions] == ["ALREADY_IN_POSITION", "executed"]
    assert decisions[1]["reason"] == "An order was placed for this signal."
    shown = client.get(f"{API}/accounts/{account}").json()
    assert (shown["cash"], shown["equity"]) == ("8988.99", "9988.99")
    history = client.get(f"{API}/accounts/{account}/portfolio-history").json()
    assert history["days"] == [{"day": "2021-01-01", "equity": "9988.99", "cash": "8988.99", "positions": "1000"}]
    assert history["statistics"]["win_rate"] is None


def test_the_owner_can_halt_an_account(client, account):
    answer = client.put(f"{API}/accounts/{account}/kill-switch", {"state": "HALTED"}, format="json")
    assert answer.json() == {"state": "HALTED", "cancelled_orders": 0}
    assert Account.objects.get(pk=account).kill_switch == "HALTED"


def test_the_reason_why_not_has_its_numbers(client, account, strategy):
    market = Market(f"T{strategy}-USDT")
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(20_000))
    services.follow_strategies([services.NewFollow(account, terms)], strategy_id=strategy)
    market.show(99, 100, 100)
    services.note_signals([signal := market.signal(strategy, "buy")])
    (decision,) = results(client, "/decisions", code="INSUFFICIENT_BUYING_POWER", strategy_id=strategy)
    assert decision["signal_id"] == str(signal.signal_id)
    assert decision["detail"] == {"needed": "20020", "available": "10000"}
    assert decision["reason"] == "The order needed 20020, and 10000 was available."
    assert results(client, "/decisions", code="executed") == []
    assert results(client, "/decisions", strategy=f"rule_{strategy}", side="sell") == []
    assert len(results(client, "/decisions", symbol=market.symbol)) == 1


def test_an_open_order_can_be_cancelled_once(client, account, strategy):
    market = Market(f"T{strategy}-USDT")
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1000))
    services.follow_strategies([services.NewFollow(account, terms)], strategy_id=strategy)
    market.show(99, 100, None)
    services.note_signals([market.signal(strategy, "buy")])
    (order,) = results(client, "/orders", status="accepted")
    shown = client.get(f"{API}/accounts/{account}").json()
    assert (shown["cash"], shown["buying_power"], shown["equity"]) == ("10000", "8998.99999999", "10000")
    path = f"{API}/orders/{order['id']}/cancel"
    assert client.post(path).json()["type"] == "urn:treum:problem:idempotency_key_required"
    key = once()
    cancelled = client.post(path, headers=key).json()
    assert (cancelled["status"], cancelled["cancel_reason"], cancelled["leaves_qty"]) == (
        "canceled",
        "USER_REQUEST",
        "0",
    )
    assert client.get(f"{API}/accounts/{account}").json()["buying_power"] == "10000"
    repeated = client.post(path, headers=key)
    assert (repeated.json(), repeated["Idempotent-Replayed"]) == (cancelled, "true")
    again = client.post(path, headers=once())
    assert (again.status_code, again.json()["type"]) == (409, "urn:treum:problem:order_closed")


@pytest.mark.parametrize("path", ["/accounts", "/follows", "/orders", "/fills", "/positions", "/decisions"])
def test_a_long_list_takes_no_more_statements_than_a_short_one(path, person, client, account, strategy):
    entitle(person.pk)
    wanted = [services.NewAccount(person.pk, f"Paper {place}", "USDT", Decimal(10_000)) for place in range(4)]
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1000))
    market = Market(f"T{strategy}-USDT")
    market.show(99, 100, 101)

    def take_a_signal_with(accounts):
        follows = [services.NewFollow(one, terms) for one in accounts]
        services.follow_strategies(follows, strategy_id=strategy)
        services.note_signals([market.signal(strategy, "buy")])
        with CaptureQueriesContext(connections["trading"]) as statements:
            rows = results(client, path)
        return len(rows), len(statements)

    few, statements = take_a_signal_with([account])
    many, same = take_a_signal_with(services.open_accounts(wanted))
    assert few == 1
    assert many >= 5
    assert same == statements <= 3


def test_pages_are_followed_to_the_end_and_hold_each_row_once(person, client, account, strategy):
    wanted = [services.NewAccount(person.pk, f"Paper {place}", "USDT", Decimal(10_000)) for place in range(6)]
    follows = [services.NewFollow(one, services.Terms(Sizing.ALL_IN)) for one in services.open_accounts(wanted)]
    services.follow_strategies(follows, strategy_id=strategy)
    market = Market(f"T{strategy}-USDT")
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy"), market.signal(strategy, "sell")])
    work()
    for path, rows in (("/accounts", 7), ("/follows", 6), ("/orders", 12), ("/fills", 12), ("/decisions", 12)):
        address, seen = f"{API}{path}?page_size=2", []
        while address:
            page = client.get(address).json()
            seen += [str(sorted(row.items())) for row in page["results"]]
            address = page["next"]
        assert len(seen) == len(set(seen)) == rows, path


@pytest.mark.parametrize(
    ("path", "query", "allowed"),
    [
        pytest.param("/decisions", "code=NO_SUCH_CODE", {400}, id="an unknown code"),
        pytest.param("/orders", "status=lost", {400}, id="an unknown status"),
        pytest.param("/orders", "account_id=me", {400}, id="no number"),
        pytest.param("/orders", "account_id=99999999999999999999999", {200, 400}, id="a number beyond all ids"),
        pytest.param("/orders", "account_id=NaN", {400}, id="not a number"),
        pytest.param("/orders", "account_id=1e400", {200, 400}, id="a number beyond all numbers"),
        pytest.param("/fills", "symbol=%00", {200, 400}, id="a null character"),
        pytest.param("/fills", "executed_after=yesterday", {400}, id="no moment"),
        pytest.param("/fills", "cursor=cD1ub25zZW5zZQ==", {400}, id="a cursor that is none"),
        pytest.param("/accounts/99999999999999999999", "", {404}, id="an id beyond all ids"),
        pytest.param("/accounts/0", "", {404}, id="an id of nobody"),
        pytest.param("/orders/00000000-0000-0000-0000-000000000000", "", {404}, id="an order of nobody"),
    ],
)
def test_bad_questions_are_invalid_and_never_an_error_of_ours(path, query, allowed, client, traded):
    answer = client.get(f"{API}{path}?{query}")
    assert answer.status_code in allowed, answer.content


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"sizing": "everything"}, "sizing", id="an unknown sizing"),
        pytest.param({"sizing_value": 0.1}, "sizing_value", id="a float"),
        pytest.param({"sizing_value": 5}, "sizing_value", id="a number of JSON"),
        pytest.param({"sizing_value": "5E0"}, "sizing_value", id="an exponent"),
        pytest.param({"max_notional_per_order": "+5"}, "max_notional_per_order", id="a plus"),
        pytest.param({"max_price_deviation_bps": "\uff15"}, "max_price_deviation_bps", id="a full-width digit"),
        pytest.param({"sizing_value": "NaN"}, "sizing_value", id="not a number"),
        pytest.param({"account_id": "mine"}, "account_id", id="no id"),
        pytest.param({"max_signal_age_bars": -1}, "max_signal_age_bars", id="a negative age"),
        pytest.param({"max_price_deviation": "5"}, "max_price_deviation", id="a misspelt limit"),
    ],
)
def test_a_malformed_follow_names_the_field(changed, field, client, account, strategy):
    body = {"account_id": account, "strategy_id": strategy, "sizing": "fixed_notional", "sizing_value": "5"}
    answer = client.post(f"{API}/follows", {**body, **changed}, format="json")
    assert answer.status_code == 400
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("key", ["account_id", "strategy_id"])
def test_ids_beyond_all_ids_are_not_found(key, client, account, strategy):
    body = {"account_id": account, "strategy_id": strategy, "sizing": "all_in", key: 10**30}
    assert client.post(f"{API}/follows", body, format="json").status_code == 404
