"""The ledger's rules hold in the database, also against raw SQL and under concurrency."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from apps.kernel.ids import uuid7
from apps.kernel.ledger import accounts, posting, verify
from apps.kernel.ledger.errors import (
    InsufficientFunds,
    LedgerConflict,
    NothingToReverse,
    OutsideTransaction,
    UnbalancedPosting,
)
from apps.kernel.ledger.models import HoldState, LedgerBalance, LedgerEntry, LedgerTransaction
from apps.kernel.ledger.posting import Line, Posting

pytestmark = pytest.mark.integration
in_transaction = pytest.mark.django_db(databases=["trading"])

DB = "trading"
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def books():
    return open_books()


def open_books():
    owner = f"person/{uuid7()}"
    cash = accounts.open_accounts(accounts.CASH, owners=[owner], currencies=["USD"], using=DB, cached=True)[0]
    return cash, accounts.house_account(accounts.CAPITAL, currency="USD", using=DB)


def move(books, amount, key=None):
    cash, capital = books
    lines = (Line(cash, Decimal(amount), "USD"), Line(capital, -Decimal(amount), "USD"))
    return Posting(key or str(uuid7()), "test", AT, lines)


def post(*postings):
    with transaction.atomic(using=DB):
        return posting.post(postings, using=DB)


def balance(books):
    return LedgerBalance.objects.using(DB).get(account=books[0])


def raw(statement, *params):
    with transaction.atomic(using=DB), connections[DB].cursor() as cursor:
        cursor.execute(statement, params)


@in_transaction
def test_a_posting_moves_money_and_sums_to_zero(books):
    assert post(move(books, "100.12345678"), move(books, "-0.12345678")) == 2
    assert balance(books).balance == 100
    assert verify.unbalanced_transactions(using=DB) == 0
    assert sum(line.total for line in verify.trial_balance(using=DB)) == 0


@in_transaction
def test_the_same_key_and_body_post_once_and_another_body_is_refused(books):
    assert post(move(books, 5, "once")) == 1
    assert post(move(books, 5, "once")) == 0
    with pytest.raises(LedgerConflict, match="once"):
        post(move(books, 6, "once"))
    assert balance(books).balance == 5


@in_transaction
def test_what_does_not_balance_is_refused_at_the_door_and_in_the_database(books):
    cash, capital = books
    with pytest.raises(UnbalancedPosting):
        post(Posting("crooked", "test", AT, (Line(cash, Decimal(1), "USD"), Line(capital, Decimal(-2), "USD"))))
    post(move(books, 5, "straight"))
    made = LedgerTransaction.objects.using(DB).get(idempotency_key="straight")
    other = accounts.house_account(accounts.FEES, currency="USD", using=DB)
    with pytest.raises(IntegrityError, match="instead of zero"):
        raw(
            "INSERT INTO ledger_ledgerentry (transaction_id, account_id, currency, amount) VALUES (%s, %s, 'USD', 1)",
            made.pk,
            other,
        )


@in_transaction
def test_an_entry_in_another_currency_than_its_account_is_refused(books):
    cash, capital = books
    with pytest.raises(IntegrityError, match="account_currency"):
        post(Posting("foreign", "test", AT, (Line(cash, Decimal(1), "EUR"), Line(capital, Decimal(-1), "EUR"))))


@in_transaction
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_ledgerentry SET amount = amount + 1",
        "DELETE FROM ledger_ledgerentry",
        "TRUNCATE ledger_ledgerentry",
        "UPDATE ledger_ledgertransaction SET kind = 'other'",
        "DELETE FROM ledger_ledgertransaction",
    ],
)
def test_history_is_never_rewritten(statement, books):
    post(move(books, 5))
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"):
        raw(statement)


@in_transaction
def test_available_cash_never_falls_below_zero(books):
    post(move(books, 5))
    with pytest.raises(InsufficientFunds):
        post(move(books, "-5.00000001"))
    with transaction.atomic(using=DB):
        posting.hold("order/1", account_id=books[0], amount=Decimal(3), using=DB)
    with pytest.raises(InsufficientFunds):
        post(move(books, "-2.5"))
    assert (balance(books).balance, balance(books).held) == (5, 3)


@in_transaction
@pytest.mark.parametrize("state", [HoldState.POSTED, HoldState.VOID, HoldState.EXPIRED])
def test_a_hold_ends_once(state, books):
    post(move(books, 5))
    with transaction.atomic(using=DB):
        posting.hold("order/1", account_id=books[0], amount=Decimal(3), using=DB)
        posting.hold("order/1", account_id=books[0], amount=Decimal(3), using=DB)
        assert balance(books).held == 3
        assert posting.end_hold("order/1", state=state, using=DB)
        assert not posting.end_hold("order/1", state=HoldState.VOID, using=DB)
    assert balance(books).held == 0
    with pytest.raises(DatabaseError, match="stays so"):
        raw("UPDATE ledger_ledgerhold SET state = 'pending'")


@in_transaction
def test_a_correction_is_a_reversal_and_both_stay_visible(books):
    post(move(books, 5, "wrong"))
    with transaction.atomic(using=DB):
        posting.reverse("wrong", reversal_key="undo", occurred_at=AT, using=DB)
        assert posting.reverse("wrong", reversal_key="undo", occurred_at=AT, using=DB) == 0
    assert balance(books).balance == 0
    undo = LedgerTransaction.objects.using(DB).get(idempotency_key="undo")
    assert undo.reverses.idempotency_key == "wrong"
    post(move(books, 5))
    with pytest.raises(IntegrityError, match="reversed_once"), transaction.atomic(using=DB):
        posting.reverse("wrong", reversal_key="undo-again", occurred_at=AT, using=DB)
    with pytest.raises(NothingToReverse), transaction.atomic(using=DB):
        posting.reverse("never", reversal_key="undo-never", occurred_at=AT, using=DB)


@in_transaction
def test_a_changed_balance_is_found(books):
    post(move(books, 5))
    assert verify.balance_mismatches(using=DB) == 0
    raw("UPDATE ledger_ledgerbalance SET balance = balance + 1 WHERE account_id = %s", books[0])
    assert verify.mismatched_accounts(using=DB) == [books[0]]


def test_money_moves_inside_a_transaction_only(messaging):
    with pytest.raises(OutsideTransaction):
        posting.post_select("SELECT 1", {}, using=DB)


def test_concurrent_spending_never_overdraws(messaging):
    books = open_books()
    post(move(books, 10))
    outcomes = []

    def spend():
        try:
            outcomes.append(post(move(books, -1)))
        except InsufficientFunds:
            outcomes.append(0)
        finally:
            connections[DB].close()

    def spend_often():
        for _ in range(5):
            spend()

    threads = [threading.Thread(target=spend_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 10
    assert balance(books).balance == 0
    assert LedgerEntry.objects.using(DB).filter(account=books[0]).count() == 11


def test_concurrent_repeats_of_one_key_post_once(messaging):
    books, outcomes = open_books(), []
    key = str(uuid7())

    def deposit():
        outcomes.append(post(move(books, 7, key)))
        connections[DB].close()

    threads = [threading.Thread(target=deposit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 1
    assert balance(books).balance == 7
