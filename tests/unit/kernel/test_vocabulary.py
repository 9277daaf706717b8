"""The kernel's small words: identifiers, money, errors, text and traces."""

import pickle
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.kernel import money, text
from apps.kernel.databases import ContextRouter, DatabaseNotNamed
from apps.kernel.errors import NotFound, Refused
from apps.kernel.ids import derived, uuid7
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.ledger.models import LedgerEntry
from apps.kernel.money import CurrencyMismatch, Money
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage


class UnknownSymbol(Refused):
    """There is no symbol {symbol};
    choose one of {known}."""


def test_an_error_says_its_docstring_with_its_fields() -> None:
    error = UnknownSymbol(symbol="X", known="BTC")
    assert (str(error), error.code) == ("There is no symbol X; choose one of BTC.", "unknown_symbol")
    assert isinstance(NotFound(), Refused)


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(CurrencyMismatch(left="EUR", right="USD")))
    assert (type(error), error.fields) == (CurrencyMismatch, {"left": "EUR", "right": "USD"})


def test_new_ids_are_version_7_and_ordered_by_their_millisecond() -> None:
    ids = [uuid7() for _ in range(1000)]
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert [one.int >> 80 for one in ids] == sorted(one.int >> 80 for one in ids)
    assert len(set(ids)) == 1000


def test_derived_ids_come_out_the_same_twice() -> None:
    assert derived("signal", 1) == derived("signal", "1") != derived("signal", 2)
    assert derived("signal", 1).version == 5


@given(
    total=some.integers(-(10**9), 10**9),
    weights=some.lists(some.decimals(min_value="0.01", max_value="1000", places=2), min_size=1, max_size=20),
)
def test_shares_sum_to_the_total_and_differ_from_exact_by_less_than_a_unit(total: int, weights: list[Decimal]) -> None:
    amount = Decimal(total).scaleb(-2)
    parts = money.split_by_largest_remainder(amount, weights, places=2)
    assert sum(parts) == amount
    exact = [amount * weight / sum(weights) for weight in weights]
    assert all(abs(part - share) < Decimal("0.01") for part, share in zip(parts, exact, strict=True))


def test_what_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ValueError, match="more than zero"):
        money.split_by_largest_remainder(Decimal(1), [Decimal(0)], places=2)
    with pytest.raises(ValueError, match="smallest unit"):
        money.split_by_largest_remainder(Decimal("0.001"), [Decimal(1)], places=2)


def test_money_of_two_currencies_does_not_add_up() -> None:
    assert Money(Decimal(1), "USD") + -Money(Decimal("0.4"), "USD") == Money(Decimal("0.6"), "USD")
    with pytest.raises(CurrencyMismatch, match="Amounts in USD and EUR cannot be added"):
        Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("jpy", 0), ("KWD", 3), ("USDT", 8), ("BTC", 8)])
def test_a_currency_has_its_places(currency: str, places: int) -> None:
    assert money.exponent(currency) == places


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.1249", "0.12"), ("2", "2.00")]
)
def test_amounts_are_rounded_half_away_from_zero_like_the_database(amount: str, rounded: str) -> None:
    assert str(money.quantize(Decimal(amount), places=2)) == rounded


@pytest.mark.parametrize(
    ("value", "written"), [("1E+2", "100"), ("1.500", "1.5"), ("-0.00", "0"), ("0.00000001", "0.00000001")]
)
def test_decimals_are_written_plainly(value: str, written: str) -> None:
    assert text.plain(Decimal(value)) == written


@pytest.mark.parametrize("model", [OutboxMessage, InboxMessage, LedgerEntry])
def test_a_kernel_table_is_never_reached_without_naming_its_database(model: type) -> None:
    router = ContextRouter()
    for ask in (router.db_for_read, router.db_for_write):
        with pytest.raises(DatabaseNotNamed, match=f"Say `using=` for {model.__name__}"):
            ask(model)


def test_a_row_stays_in_the_database_it_came_from() -> None:
    row = OutboxMessage()
    row._state.db = "trading"
    assert ContextRouter().db_for_write(OutboxMessage, instance=row) == "trading"


def test_a_child_stays_in_the_trace_with_a_span_of_its_own() -> None:
    parent = tracing.new_traceparent()
    child = tracing.child_traceparent(parent)
    assert (child.split("-")[1], len(child)) == (parent.split("-")[1], 55)
    assert child != parent


def test_a_trace_is_bound_inside_the_block_only() -> None:
    assert tracing.bound() is None
    with tracing.bind(tracing.fresh(actor="service:one")) as outer:
        with tracing.bind(tracing.fresh(actor="service:two")) as inner:
            assert tracing.current() is inner
        tracing.act_as("user:1")
        assert (tracing.current().actor, tracing.current().correlation_id) == ("user:1", outer.correlation_id)
    assert tracing.bound() is None
