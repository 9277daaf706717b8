"""A portfolio is marked at the last close of each day, with the fills of that day in it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from apps.trading.rules.portfolio import PortfolioFill, mark_to_market, round_trip_results

MONDAY, TUESDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)


def fill(side, qty, notional, day, realized=None, fee="1"):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    pl = None if realized is None else Decimal(realized)
    return PortfolioFill(1, "X", side, Decimal(qty), Decimal(notional), Decimal(fee), Decimal(0), pl, at)


def test_each_day_is_worth_its_cash_and_its_positions_at_the_close():
    fills = [fill("buy", 2, 200, TUESDAY), fill("sell", 2, 260, WEDNESDAY, realized=60)]
    closes = {MONDAY: {"X": Decimal(90)}, TUESDAY: {"X": Decimal(110)}, WEDNESDAY: {"X": Decimal(140)}}
    days = mark_to_market(fills, closes=closes, starting_cash=Decimal(1000))
    assert [(day.day, day.equity, day.cash, day.positions) for day in days] == [
        (MONDAY, 1000, 1000, 0),
        (TUESDAY, 1019, 799, 220),
        (WEDNESDAY, 1058, 1058, 0),
    ]


def test_a_symbol_without_a_close_that_day_keeps_its_last_one():
    closes = {MONDAY: {"X": Decimal(110)}, TUESDAY: {"Y": Decimal(5)}}
    days = mark_to_market([fill("buy", 2, 200, MONDAY)], closes=closes, starting_cash=Decimal(1000))
    assert [day.equity for day in days] == [1019, 1019]


def test_a_fill_at_an_open_whose_bar_has_not_closed_is_marked_at_the_close_before_it():
    closes = {MONDAY: {"X": Decimal(110)}}
    days = mark_to_market([fill("buy", 2, 230, TUESDAY)], closes=closes, starting_cash=Decimal(1000))
    assert [(day.day, day.equity, day.positions) for day in days] == [(MONDAY, 1000, 0), (TUESDAY, 989, 220)]


def test_a_round_trip_earns_its_profit_less_the_fees_of_both_ends():
    fills = [fill("buy", 2, 200, MONDAY), fill("sell", 2, 260, TUESDAY, realized=60), fill("buy", 1, 1, WEDNESDAY)]
    assert round_trip_results(fills) == [Decimal(58)]
