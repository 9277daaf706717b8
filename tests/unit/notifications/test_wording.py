"""What we say to people about their trades."""

from decimal import Decimal

from apps.kernel.ids import uuid7
from apps.notifications import wording
from tests.support.trades import a_cancellation, a_fill


def test_a_buy_says_what_was_bought_for_how_much():
    notice = wording.of_trade(a_fill(uuid7()))
    assert notice.title == "Bought 0.034 BTC-USDT"
    assert notice.body == (
        "sma_cross_20_50: 0.034 BTC-USDT at 29000.5 USDT, fee 0.986017 USDT. Paper account, hypothetical result."
    )


def test_a_sell_says_how_the_position_ended():
    notice = wording.of_trade(a_fill(uuid7(), side="sell", realized_pl=Decimal("-12.50"), simulated=False))
    assert notice.title == "Sold 0.034 BTC-USDT"
    assert notice.body.endswith("fee 0.986017 USDT. Result of the position: -12.5 USDT.")


def test_the_facts_travel_as_plain_strings():
    fill = a_fill(uuid7(), qty=Decimal("1E-8"))
    notice = wording.of_trade(fill)
    assert notice.subject_id == fill.fill_id
    assert notice.data["qty"] == "0.00000001"
    assert notice.data["realized_pl"] is None
    assert notice.data["executed_at"] == "2026-01-01T12:00:00Z"


def test_a_cancellation_says_why():
    order = a_cancellation(uuid7(), reason="TRADING_HALTED")
    notice = wording.of_cancellation(order)
    assert notice.subject_id == order.order_id
    assert notice.body == ("sma_cross_20_50: the order to buy BTC-USDT was cancelled, because trading was halted.")
