"""The auditor finds the one row that somebody changed behind everyone's back."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction

from apps.trading import selectors, services
from apps.trading.enums import Sizing
from apps.trading.models import Order
from tests.support.market import Market, new_strategy, open_account

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["trading"])]


@pytest.fixture
def strategy():
    return new_strategy()


@pytest.fixture
def market(strategy):
    return Market(f"T{strategy}-USDT")


@pytest.fixture
def traded(strategy, market):
    accounts = [open_account() for _ in range(3)]
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(1000))
    services.follow_strategies([services.NewFollow(one, terms) for one in accounts], strategy_id=strategy)
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy")])
    return accounts


def run(sql, *params):
    with connections["trading"].cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize(
    "corruption",
    [
        pytest.param(
            "UPDATE ledger_ledgerbalance SET balance = balance + 1 WHERE account_id ="
            " (SELECT cash_ledger_id FROM trading_account WHERE id = %s)",
            id="cached balance",
        ),
        pytest.param(
            "UPDATE trading_position SET qty = qty + 1 WHERE follow_id ="
            " (SELECT id FROM trading_follow WHERE account_id = %s)",
            id="position",
        ),
        pytest.param(
            "UPDATE trading_position SET cost_basis = cost_basis + 1 WHERE follow_id ="
            " (SELECT id FROM trading_follow WHERE account_id = %s)",
            id="cost",
        ),
        pytest.param(
            "UPDATE trading_fill SET fee = fee + 1 WHERE order_id ="
            " (SELECT client_order_id FROM trading_order WHERE account_id = %s)",
            id="fee of a fill",
        ),
        pytest.param(
            "UPDATE trading_fill SET qty = qty + 1 WHERE order_id ="
            " (SELECT client_order_id FROM trading_order WHERE account_id = %s)",
            id="quantity of a fill",
        ),
        pytest.param(
            "UPDATE trading_fill SET price = price + 1 WHERE order_id ="
            " (SELECT client_order_id FROM trading_order WHERE account_id = %s)",
            id="price of a fill",
        ),
        pytest.param(
            "DELETE FROM trading_fill WHERE order_id ="
            " (SELECT client_order_id FROM trading_order WHERE account_id = %s)",
            id="fill that is gone",
        ),
        pytest.param(
            "UPDATE trading_order SET filled_qty = 0 WHERE account_id = %s",
            id="order",
        ),
        pytest.param(
            "DELETE FROM trading_position WHERE follow_id = (SELECT id FROM trading_follow WHERE account_id = %s)",
            id="position that is gone",
        ),
        pytest.param(
            "DELETE FROM ledger_ledgerbalance WHERE account_id ="
            " (SELECT cash_ledger_id FROM trading_account WHERE id = %s)",
            id="balance that is gone",
        ),
    ],
)
def test_one_corrupted_row_is_one_mismatch(corruption, traded):
    assert selectors.balance_mismatches() == 0
    run(corruption, traded[1])
    assert selectors.mismatched_accounts() == {traded[1]}
    assert selectors.balance_mismatches() == 1


def test_a_whole_round_trip_leaves_nothing_to_find(strategy, market, traded):
    services.note_signals([market.signal(strategy, "sell")])
    assert selectors.balance_mismatches() == 0
    run(
        "UPDATE trading_fill SET realized_pl = realized_pl + 1, cost = cost + 1"
        " WHERE realized_pl IS NOT NULL"
        " AND order_id IN (SELECT client_order_id FROM trading_order WHERE account_id = %s)",
        traded[2],
    )
    assert selectors.mismatched_accounts() == {traded[2]}


def test_an_order_cannot_go_back(traded):
    order = Order.objects.get(account=traded[0])
    with pytest.raises(IntegrityError, match="cannot go from filled to accepted"), transaction.atomic(using="trading"):
        Order.objects.filter(pk=order.pk).update(status="accepted")


def test_latency_and_counts_are_read_from_rows(traded):
    latencies = selectors.fill_latencies_ms()
    assert list(latencies) == ["p50", "p95", "p99"]
    assert all(value is not None and value > 0 for value in latencies.values())
    assert selectors.decision_counts()["executed"] == 3
    assert selectors.unfilled_count() == 0
