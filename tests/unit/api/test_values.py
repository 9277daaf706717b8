"""How values look on the wire, and what is refused on the way in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.kernel.api.fields import Command, DecimalString, Moment
from apps.kernel.text import plain, zulu


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("1E+2", "100", id="no exponent for large numbers"),
        pytest.param("1E-18", "0.000000000000000001", id="no exponent for small numbers"),
        pytest.param("0.100000000000000000", "0.1", id="no trailing zeros"),
        pytest.param("-0.00", "0", id="no negative zero"),
        pytest.param(
            "12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678", id="38 digits"
        ),
        pytest.param("100", "100", id="zeros of a whole number stay"),
    ],
)
def test_a_decimal_is_written_in_full(value, text):
    assert plain(Decimal(value)) == text
    assert DecimalString().to_representation(Decimal(value)) == text


@pytest.mark.parametrize("value", [0.1, True, "abc", "NaN", "Infinity", None, []])
def test_what_is_not_an_exact_decimal_is_refused(value):
    with pytest.raises(ValidationError):
        DecimalString().run_validation(value)


@pytest.mark.parametrize("value", ["0.125", 3])
def test_strings_and_whole_numbers_are_exact(value):
    assert DecimalString().run_validation(value) == Decimal(str(value))


def test_a_moment_is_written_in_utc_with_a_z():
    vienna = datetime(2026, 1, 1, 13, 30, tzinfo=timezone(timedelta(hours=1)))
    assert zulu(vienna) == "2026-01-01T12:30:00Z"
    assert Moment().to_representation(vienna) == "2026-01-01T12:30:00Z"


def test_a_moment_without_a_zone_is_read_as_utc():
    assert Moment().run_validation("2026-01-01T12:30:00") == datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


class _Deed(Command):
    amount = DecimalString()
    note = serializers.CharField(required=False)


def test_a_command_refuses_a_field_that_nobody_declared():
    command = _Deed(data={"amount": "1", "amuont": "2"})
    assert not command.is_valid()
    assert {name: [error.code for error in errors] for name, errors in command.errors.items()} == {
        "amuont": ["unknown"]
    }
