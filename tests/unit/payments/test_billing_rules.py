"""Taxes, prorations and periods: the worked cases, and what holds for any amount and any day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.money import exponent
from apps.payments.rules.calendar import period_end, period_start, whole_seconds
from apps.payments.rules.proration import Paid, remaining, unused
from apps.payments.rules.tax import taxed
from tests.unit.payments.worked_cases import (
    PERIODS,
    REMAINING,
    TAXES,
    UNUSED,
    PeriodCase,
    RemainingCase,
    TaxCase,
    UnusedCase,
)

CURRENCIES = st.sampled_from(["EUR", "JPY", "BHD"])
PERCENTAGES = st.decimals(0, 100, places=4)
BEHAVIORS = st.sampled_from(["inclusive", "exclusive"])
SECONDS = st.integers(1, 366 * 86_400)


@st.composite
def amounts(draw, currency):
    return Decimal(draw(st.integers(0, 10**9))).scaleb(-exponent(currency))


@pytest.mark.parametrize("case", TAXES, ids=lambda case: case.why)
def test_a_tax_worked_by_hand(case: TaxCase) -> None:
    shares = taxed(
        Decimal(case.amount), percentage=Decimal(case.percentage), behavior=case.behavior, currency=case.currency
    )
    assert (shares.net, shares.tax) == (Decimal(case.net), Decimal(case.tax))
    assert shares.gross == shares.net + shares.tax


@pytest.mark.parametrize("case", UNUSED, ids=lambda case: case.why)
def test_unused_time_worked_by_hand(case: UnusedCase) -> None:
    paid = Paid(net=Decimal(case.paid_net), tax=Decimal(case.paid_tax), percentage=Decimal(case.percentage))
    left = unused(paid, seconds_left=case.left, seconds=case.seconds, currency=case.currency)
    assert (left.net, left.tax) == (Decimal(case.net), Decimal(case.tax))


@pytest.mark.parametrize("case", REMAINING, ids=lambda case: case.why)
def test_remaining_time_worked_by_hand(case: RemainingCase) -> None:
    _, shares = remaining(
        Decimal(case.price),
        seconds_left=case.left,
        seconds=case.seconds,
        percentage=Decimal(case.percentage),
        behavior=case.behavior,
        currency=case.currency,
    )
    assert (shares.net, shares.tax) == (Decimal(case.net), Decimal(case.tax))


@pytest.mark.parametrize("case", PERIODS, ids=lambda case: case.why)
def test_a_period_by_the_calendar(case: PeriodCase) -> None:
    anchor = datetime.fromisoformat(case.anchor).replace(tzinfo=UTC)
    counted = {"interval": case.interval, "count": case.count, "number": case.number}
    start, end = period_start(anchor, **counted), period_end(anchor, **counted)
    assert (f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}") == (case.start, case.end)


@pytest.mark.parametrize("interval", ["month", "year"])
def test_twenty_years_of_periods_join_for_any_anchor(interval: str) -> None:
    for day in range(366):
        anchor = datetime(2027, 6, 1, 13, 7, tzinfo=UTC) + timedelta(days=day)
        ends = [period_end(anchor, interval=interval, count=1, number=number) for number in range(240)]
        starts = [period_start(anchor, interval=interval, count=1, number=number) for number in range(240)]
        assert starts == [anchor, *ends[:-1]]
        assert ends == sorted(set(ends))
        assert all(end.day in (anchor.day, _last_day(end)) and end.day <= anchor.day for end in ends)


@given(st.data(), CURRENCIES, PERCENTAGES, BEHAVIORS)
def test_net_and_tax_sum_to_the_gross_and_a_credit_mirrors_its_charge(data, currency, percentage, behavior) -> None:
    amount = data.draw(amounts(currency))
    charge = taxed(amount, percentage=percentage, behavior=behavior, currency=currency)
    credit = taxed(-amount, percentage=percentage, behavior=behavior, currency=currency)
    assert charge.net + charge.tax == charge.gross
    assert (credit.net, credit.tax) == (-charge.net, -charge.tax)
    assert (charge.gross if behavior == "inclusive" else charge.net) == amount
    assert 0 <= charge.tax <= max(charge.net, charge.gross)


@given(st.data(), CURRENCIES, PERCENTAGES, BEHAVIORS, SECONDS)
def test_a_credit_is_never_more_than_was_paid_and_less_with_every_second(
    data, currency, percentage, behavior, seconds
) -> None:
    price = taxed(data.draw(amounts(currency)), percentage=percentage, behavior=behavior, currency=currency)
    paid = Paid(net=price.net, tax=price.tax, percentage=percentage)
    earlier = data.draw(st.integers(0, seconds))
    later = data.draw(st.integers(0, earlier))
    more, less = (unused(paid, seconds_left=left, seconds=seconds, currency=currency) for left in (earlier, later))
    assert 0 <= less.net <= more.net <= paid.net
    assert 0 <= less.tax <= more.tax <= paid.tax
    assert more.gross == more.net + more.tax


@given(st.data(), CURRENCIES, PERCENTAGES, st.lists(st.integers(0, 31 * 86_400), min_size=1, max_size=6))
def test_after_any_chain_of_upgrades_what_was_earned_and_what_is_left_sum_to_what_was_paid(
    data, currency, percentage, moments
) -> None:
    """Each upgrade credits the charge before it; the unused rest of the last one is what its owner still has."""
    month, spent, earned, left = 31 * 86_400, Decimal(0), Decimal(0), 31 * 86_400
    current = Paid(net=data.draw(amounts(currency)), tax=Decimal(0), percentage=percentage)
    spent += current.net
    for moment in sorted(moments):
        credit = unused(current, seconds_left=month - moment, seconds=max(left, 1), currency=currency)
        _, charge = remaining(
            data.draw(amounts(currency)),
            seconds_left=month - moment,
            seconds=month,
            percentage=percentage,
            behavior="exclusive",
            currency=currency,
        )
        earned += current.net - credit.net
        assert 0 <= credit.net <= current.net
        spent += charge.net - credit.net
        current, left = Paid(net=charge.net, tax=charge.tax, percentage=percentage), month - moment
    assert earned + current.net == spent


def test_seconds_are_whole_and_never_below_zero() -> None:
    start = datetime(2026, 1, 1, 0, 0, 0, 900_000, tzinfo=UTC)
    assert whole_seconds(start, start + timedelta(seconds=2)) == 2
    assert whole_seconds(start, datetime(2026, 1, 1, 0, 0, 1, 100_000, tzinfo=UTC)) == 1
    assert whole_seconds(start, start - timedelta(days=1)) == 0


def _last_day(moment: datetime) -> int:
    following = moment.replace(day=28) + timedelta(days=4)
    return (following.replace(day=1) - timedelta(days=1)).day
