"""Amounts at Stripe: whole numbers of a currency's smallest unit, and what Stripe makes of some currencies."""

from decimal import Decimal

import pytest

from apps.payments.adapters.stripe.amounts import from_minor, to_minor
from apps.payments.errors import ProviderRefused

CASES = [
    pytest.param("EUR", "49.00", 4900, id="cents"),
    pytest.param("EUR", "0.01", 1, id="the smallest"),
    pytest.param("JPY", "500", 500, id="no smaller unit"),
    pytest.param("ISK", "5", 500, id="written with cents that it does not have"),
    pytest.param("UGX", "5000", 500_000, id="the same"),
    pytest.param("KWD", "5.120", 5120, id="thousandths in steps of ten"),
    pytest.param("USD", "999999.99", 99_999_999, id="eight digits"),
]


@pytest.mark.parametrize(("currency", "amount", "minor"), CASES)
def test_amounts_go_there_and_come_back(currency, amount, minor):
    assert to_minor(Decimal(amount), currency=currency) == minor
    back = from_minor(minor, currency=currency.lower())
    assert (back, str(back)) == (Decimal(amount), amount)


@pytest.mark.parametrize(
    ("currency", "amount", "sentence"),
    [
        pytest.param("EUR", "1.005", "1.005 EUR is no multiple of 0.01 above zero", id="half a cent"),
        pytest.param("JPY", "0.5", "0.5 JPY is no multiple of 1 above zero", id="half a yen"),
        pytest.param("ISK", "5.50", "5.50 ISK is no multiple of 1 above zero", id="cents of a króna"),
        pytest.param("KWD", "5.124", "5.124 KWD is no multiple of 0.01 above zero", id="thousandths"),
        pytest.param("EUR", "0", "0 EUR is no multiple", id="nothing"),
        pytest.param("EUR", "-1", "-1 EUR is no multiple", id="less than nothing"),
        pytest.param("BTC", "1", "BTC is no currency whose smallest unit we know", id="no currency"),
    ],
)
def test_what_cannot_be_collected_exactly_is_refused(currency, amount, sentence):
    with pytest.raises(ProviderRefused, match=sentence):
        to_minor(Decimal(amount), currency=currency)


def test_what_was_given_back_may_be_nothing_and_movements_negative():
    assert from_minor(0, currency="eur") == 0
    assert from_minor(-1250, currency="eur") == Decimal("-12.50")


def test_a_fraction_that_stripe_books_is_kept_though_the_currency_has_none():
    assert from_minor(550, currency="isk") == Decimal("5.5")
