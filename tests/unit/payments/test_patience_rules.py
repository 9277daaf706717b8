"""When a renewal is tried again, which period follows a late one, which change is upward, and who had a trial."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from apps.payments.enums import TrialMark
from apps.payments.rules.changes import Terms, is_upgrade, same_periods
from apps.payments.rules.dunning import grace_ends_at, honoured_until, next_attempt_at
from apps.payments.rules.marks import mailbox, mark_of
from apps.payments.rules.renewal import Period, next_period

START = datetime(2026, 1, 31, 10, tzinfo=UTC)
END = datetime(2026, 2, 28, 10, tzinfo=UTC)

BASIC_MONTH, BASIC_YEAR = Terms(10, "month", 1), Terms(10, "year", 1)
PRO_MONTH, PRO_YEAR = Terms(20, "month", 1), Terms(20, "year", 1)


@pytest.fixture(autouse=True)
def _patience(settings: Settings) -> None:
    settings.TREUM_PAYMENTS_DUNNING_DAYS = [1, 3, 5]
    settings.TREUM_PAYMENTS_GRACE_DAYS = 14


def test_a_renewal_is_tried_again_one_three_and_five_days_later_and_then_no_more() -> None:
    planned = [next_attempt_at(attempts, failed_at=END) for attempts in (1, 2, 3, 4)]
    assert planned == [END + timedelta(days=1), END + timedelta(days=3), END + timedelta(days=5), None]


def test_what_is_past_due_is_honoured_for_no_longer_than_its_grace() -> None:
    month_later = END + timedelta(days=30)
    assert grace_ends_at(END) == END + timedelta(days=14)
    assert honoured_until(month_later, past_due_since=None) == month_later + timedelta(days=15)
    assert honoured_until(month_later, past_due_since=END) == END + timedelta(days=15)


def following(at: datetime, *, interval: str = "month", keeps_anchor: bool = True) -> Period:
    return next_period(
        anchor=START, number=0, last_end=END, interval=interval, count=1, keeps_anchor=keeps_anchor, at=at
    )


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3), timedelta(days=15, seconds=-1)])
def test_a_renewal_within_what_is_honoured_joins_the_last_period(late: timedelta) -> None:
    joined = Period(anchor=START, number=1, start=END, end=datetime(2026, 3, 31, 10, tzinfo=UTC))
    assert following(END + late) == joined


@pytest.mark.parametrize("late", [timedelta(days=15), timedelta(days=31), timedelta(days=200)])
def test_a_later_renewal_bills_one_period_that_begins_now(late: timedelta) -> None:
    back = END + late
    period = following(back)
    assert (period.anchor, period.number, period.start) == (back, 0, back)
    assert period.end > back


def test_no_renewal_bills_a_period_that_is_over_however_long_the_grace(settings: Settings) -> None:
    settings.TREUM_PAYMENTS_GRACE_DAYS = 90
    period_later = datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert following(period_later - timedelta(seconds=1)).start == END
    assert following(period_later).start == period_later


def test_periods_counted_differently_from_now_on_are_counted_from_the_end_of_the_last() -> None:
    year = following(END, interval="year", keeps_anchor=False)
    assert year == Period(anchor=END, number=0, start=END, end=datetime(2027, 2, 28, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "after", "upward"),
    [
        (BASIC_MONTH, PRO_MONTH, True),
        (BASIC_YEAR, PRO_MONTH, True),
        (PRO_MONTH, PRO_YEAR, True),
        (PRO_YEAR, PRO_MONTH, False),
        (PRO_MONTH, BASIC_YEAR, False),
        (PRO_MONTH, PRO_MONTH, False),
    ],
)
def test_upward_is_a_higher_rank_or_longer_periods_of_the_same(before: Terms, after: Terms, upward: bool) -> None:
    assert is_upgrade(before, after) is upward


def test_a_year_and_twelve_months_are_counted_differently() -> None:
    assert same_periods(BASIC_MONTH, PRO_MONTH)
    assert not same_periods(PRO_YEAR, Terms(20, "month", 12))


@pytest.mark.parametrize(
    "spelling", ["Ada.Love@gmail.com", "adalove+trial@googlemail.com", " a.d.a.love+1+2@GMAIL.COM "]
)
def test_a_gmail_box_is_known_by_any_spelling(spelling: str) -> None:
    assert mailbox(spelling) == "adalove@gmail.com"


@pytest.mark.parametrize(
    ("address", "box"),
    [
        ("Ada.Love+x@Outlook.com", "ada.love@outlook.com"),
        ("ada.love@example.org", "ada.love@example.org"),
        ("ada+love@example.org", "ada+love@example.org"),
    ],
)
def test_elsewhere_only_what_surely_is_one_box_counts_as_one(address: str, box: str) -> None:
    assert mailbox(address) == box


def test_a_digest_depends_on_its_secret_and_on_what_it_is_of() -> None:
    digests = {
        mark_of(mark, "ada@example.org", secret=secret)
        for mark in (TrialMark.EMAIL, TrialMark.USER)
        for secret in ("one", "two")
    }
    assert len(digests) == 4
    assert all(len(digest) == 64 for digest in digests)
