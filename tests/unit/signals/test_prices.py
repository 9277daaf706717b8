"""From floats to published prices."""

from decimal import Decimal

import pytest

from apps.signals.rules.prices import plain, reading, stop_on_tick, target_on_tick

CENT = Decimal("0.01")


def test_targets_round_up_and_stops_round_down():
    assert target_on_tick(100.001, tick=CENT) == Decimal("100.01")
    assert stop_on_tick(100.019, tick=CENT) == Decimal("100.01")


@pytest.mark.parametrize("rounded", [target_on_tick, stop_on_tick])
def test_a_price_on_the_grid_stays(rounded):
    assert rounded(0.3, tick=Decimal("0.1")) == Decimal("0.3")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3.0, 0.0])
def test_what_is_no_price_is_none(value):
    assert stop_on_tick(value, tick=CENT) is None


def test_published_values_have_at_most_eighteen_places_and_no_idle_zeros():
    assert f"{plain(Decimal('28995.1300')):f}" == "28995.13"
    assert f"{plain(Decimal('1E+3')):f}" == "1000"
    assert f"{plain(Decimal('123456789012345.1234567890123456789')):f}" == "123456789012345.123456789012345679"


def test_a_reading_reads_back_as_the_same_float():
    assert float(reading(0.1 + 0.2)) == 0.1 + 0.2
