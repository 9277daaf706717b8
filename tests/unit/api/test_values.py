"""How values look on the wire, and what is refused on the way in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.kernel.api.fields import Command, DecimalString, Moment
from apps.kernel.text import plain, zulu
from apps.payments.api.refunds import RefundCommand
from apps.trading.api.serializers import FollowCommand, TermsCommand


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


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("0.125", id="digits"),
        pytest.param("-3", id="below zero"),
        pytest.param("007.50", id="zeros around it"),
    ],
)
def test_plain_strings_are_exact(value):
    assert DecimalString().run_validation(value) == Decimal(value)


@pytest.mark.parametrize("value", [0.1, True, 3, 10**40, [], {}, b"1"])
def test_what_is_no_string_is_refused(value):
    with pytest.raises(ValidationError, match="Send decimals as strings"):
        DecimalString().run_validation(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("1E1", id="an exponent"),
        pytest.param("1e-2", id="a small one"),
        pytest.param("\uff11", id="a full-width digit"),
        pytest.param("\u0661", id="an Arabic digit"),
        pytest.param(" 1", id="a space before"),
        pytest.param("1 ", id="a space after"),
        pytest.param("1\n", id="a line end"),
        pytest.param("+1", id="a plus"),
        pytest.param("1_000", id="Python's thousands"),
        pytest.param("1,5", id="a comma"),
        pytest.param(".5", id="nothing before the point"),
        pytest.param("5.", id="nothing after it"),
        pytest.param("\u22121", id="a typographic minus"),
        pytest.param("0x1", id="another base"),
        pytest.param("NaN", id="no number"),
        pytest.param("Infinity", id="no end"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(ValidationError, match="digits 0 to 9"):
        DecimalString().run_validation(value)


def test_none_is_no_decimal():
    with pytest.raises(ValidationError, match="may not be null"):
        DecimalString().run_validation(None)


def decimals_asked_for() -> list[tuple[str, serializers.Field]]:
    """Return every field of a command that takes a decimal."""
    found, waiting = [], list(Command.__subclasses__())
    while waiting:
        command = waiting.pop()
        waiting += command.__subclasses__()
        fields = command().fields.items()
        found += [
            (f"{command.__name__}.{name}", field)
            for name, field in fields
            if isinstance(field, serializers.DecimalField | serializers.FloatField)
        ]
    return found


def test_every_decimal_of_a_command_is_a_decimal_string():
    found = dict(decimals_asked_for())
    known = {f"{RefundCommand.__name__}.amount", f"{TermsCommand.__name__}.sizing_value"}
    assert {*known, f"{FollowCommand.__name__}.max_notional_per_order"} <= set(found)
    lax = [name for name, field in found.items() if not isinstance(field, DecimalString)]
    assert lax == []


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
