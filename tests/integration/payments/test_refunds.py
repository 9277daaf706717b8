"""Money goes back once, to the cent, with a credit note; above the limit two members of staff stand behind it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from apps.kernel.audit.models import AuditEntry
from apps.kernel.errors import TreumError
from apps.kernel.ids import uuid7
from apps.payments import errors
from apps.payments.adapters.sandbox.models import Refund as TheirRefund
from apps.payments.adapters.sandbox.weather import let_calls
from apps.payments.apps import DATABASE
from apps.payments.models import CreditNote, Invoice, Payment, Refund
from apps.payments.ports import RefundStatus as Theirs
from apps.payments.provider import the_provider
from apps.payments.selectors.auditing import faults
from apps.payments.services import ask_refund, billing_now, decide_refund, request_refund, resolve_refunds
from apps.payments.services.books.bookkeeping import book_void
from apps.payments.services.refunds.returning import apply_refund
from tests.support.billing import a_payer, checkout_begun, do_tasks, subscribed, tell, told
from tests.support.books import totals
from tests.support.checkout import pay

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

PAID = Decimal("49.00")
STAFF = uuid7()


@pytest.fixture
def payment() -> Payment:
    """49.00 EUR that came in, 7.82 of it tax."""
    return Payment.objects.get(invoice__subscription=subscribed(a_payer()))


def ask(payment: Payment, amount: str, **instead: object) -> Refund:
    told = {"amount": Decimal(amount), "currency": "EUR", "reason": "requested_by_customer", "note": ""}
    return request_refund(payment.pk, staff_id=STAFF, at=billing_now(), **{**told, **instead})  # type: ignore[arg-type]


def given(payment: Payment, amount: str) -> Refund:
    refund = ask(payment, amount)
    do_tasks()
    return Refund.objects.get(pk=refund.pk)


def test_money_that_goes_back_is_credited_booked_and_told(payment: Payment) -> None:
    refund = given(payment, "10.00")
    payment.refresh_from_db()
    note = refund.credit_note
    assert (refund.status, payment.refunded, note.invoice.amount_credited) == ("succeeded", Decimal(10), Decimal(10))
    assert (str(note), note.net, note.tax, note.total) == ("CN-000001", Decimal("8.40"), Decimal("1.60"), Decimal(10))
    books = totals()
    assert (books["refunds"], books["tax_payable"]) == (Decimal("8.40"), Decimal("-6.22"))
    assert books["provider_clearing"] == PAID - payment.fee - 10
    (event,) = told("payment.refunded")
    assert (event["refund_id"], event["amount"]) == (str(refund.pk), "10.0000")
    assert faults() == []


def test_several_refunds_hold_the_tax_of_the_invoice_and_not_a_cent_more(payment: Payment) -> None:
    notes = [given(payment, amount).credit_note for amount in ("0.01", "16.33", "16.33", "16.33")]
    assert sum(note.tax for note in notes) == Decimal("7.82")
    assert sum(note.net for note in notes) == Decimal("41.18")
    assert [note.number for note in notes] == [1, 2, 3, 4]
    assert [note.tax for note in notes] == [Decimal(tax) for tax in ("0.00", "2.61", "2.60", "2.61")]
    assert totals().get("tax_payable") is None
    assert faults() == []


@pytest.mark.parametrize(
    ("amount", "instead", "refusal"),
    [
        pytest.param("49.01", {}, errors.RefundTooLarge, id="more than was paid"),
        pytest.param("0", {}, errors.NothingToPay, id="nothing"),
        pytest.param("-5", {}, errors.NothingToPay, id="below nothing"),
        pytest.param("1.001", {}, errors.AmountTooFine, id="more places than a cent has"),
        pytest.param("5", {"currency": "USD"}, errors.CurrencyWrong, id="another currency"),
    ],
)
def test_what_cannot_be_refunded_changes_nothing(
    payment: Payment, amount: str, instead: dict[str, object], refusal: type[TreumError]
) -> None:
    before = totals()
    with pytest.raises(refusal):
        ask(payment, amount, **instead)
    assert (Refund.objects.count(), totals()) == (0, before)
    assert not AuditEntry.objects.using(DATABASE).filter(action__startswith="refund").exists()


def test_refunds_under_way_count_as_given(payment: Payment) -> None:
    ask(payment, "30.00")
    with pytest.raises(errors.RefundTooLarge, match=r"At most 19\.00 EUR"):
        ask(payment, "19.01")
    ask(payment, "19.00")
    do_tasks()
    payment.refresh_from_db()
    assert payment.refunded == PAID


def test_a_payment_that_did_not_succeed_is_not_refundable() -> None:
    waiting = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    with pytest.raises(errors.NotRefundable, match="requires_payment_method"):
        ask(waiting, "1.00")


def test_nobody_refunds_what_is_unknown() -> None:
    with pytest.raises(errors.PaymentUnknown):
        ask(Payment(pk=uuid7()), "1.00")


def test_above_the_limit_another_member_of_staff_decides(payment: Payment, settings: Settings) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(20)}
    refund = ask(payment, "20.01")
    do_tasks()
    assert (refund.status, TheirRefund.objects.count()) == ("awaiting_approval", 0)
    with pytest.raises(errors.SecondPersonNeeded):
        decide_refund(refund.pk, staff_id=STAFF, approve=True, at=billing_now())
    second = uuid7()
    decide_refund(refund.pk, staff_id=second, approve=True, at=billing_now())
    do_tasks()
    refund.refresh_from_db()
    assert (refund.status, refund.requested_by, refund.decided_by) == ("succeeded", STAFF, second)
    actions = list(AuditEntry.objects.using(DATABASE).filter(action__startswith="refund").order_by("pk"))
    assert [(entry.action, entry.actor) for entry in actions] == [
        ("refund.requested", f"user:{STAFF}"),
        ("refund.approved", f"user:{second}"),
    ]
    with pytest.raises(errors.NotAwaitingApproval):
        decide_refund(refund.pk, staff_id=second, approve=False, at=billing_now())


def test_without_a_limit_for_its_currency_each_refund_needs_a_second_person(
    payment: Payment, settings: Settings
) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"USD": Decimal(100)}
    refund = ask(payment, "0.01")
    assert refund.status == "awaiting_approval"
    with pytest.raises(errors.SecondPersonNeeded, match=r"A refund above 0\.00 EUR is approved by another"):
        decide_refund(refund.pk, staff_id=STAFF, approve=True, at=billing_now())


def test_small_refunds_that_come_to_more_than_the_limit_need_a_second_person(
    payment: Payment, settings: Settings
) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(20)}
    statuses = [ask(payment, "10.00").status for _ in range(3)]
    assert statuses == ["pending", "pending", "awaiting_approval"]


def test_a_declined_refund_gives_nothing_and_frees_its_amount(payment: Payment, settings: Settings) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(20)}
    refund = decide_refund(ask(payment, "49.00").pk, staff_id=uuid7(), approve=False, at=billing_now())
    do_tasks()
    assert (refund.status, TheirRefund.objects.count()) == ("declined", 0)
    assert ask(payment, "49.00").status == "awaiting_approval"


def test_the_database_refuses_a_refund_that_one_person_decided_alone(payment: Payment) -> None:
    refund = ask(payment, "5.00")
    with pytest.raises(IntegrityError, match="payments_two_people"), transaction.atomic(using=DATABASE):
        Refund.objects.filter(pk=refund.pk).update(decided_by=STAFF)


def test_asking_twice_gives_once(payment: Payment) -> None:
    refund = ask(payment, "10.00")
    for _ in range(3):
        ask_refund(refund.pk)
    do_tasks()
    assert (TheirRefund.objects.count(), len(told("payment.refunded"))) == (1, 1)


def test_whoever_died_after_the_provider_had_done_it_finds_it_again(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    refund = ask(payment, "10.00")
    with monkeypatch.context() as patched:
        patched.setattr("apps.payments.services.refunds.returning.apply_refund", die)
        with pytest.raises(KeyboardInterrupt):
            ask_refund(refund.pk)
    monkeypatch.setattr(the_provider(), "create_refund", die)
    ask_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, TheirRefund.objects.count()) == ("succeeded", 1)


def test_the_same_snapshot_many_times_is_booked_once(payment: Payment) -> None:
    refund = given(payment, "10.00")
    theirs = the_provider().refund(refund.provider_refund_id)
    before = totals()
    for late in (theirs, replace(theirs, status=Theirs.PENDING), theirs):
        assert apply_refund(late)
    assert (totals(), len(told("payment.refunded"))) == (before, 1)
    assert Refund.objects.get(pk=refund.pk).status == "succeeded"


def test_an_answer_that_was_lost_is_asked_for_and_not_repeated(payment: Payment) -> None:
    let_calls(ambiguous=1)
    refund = given(payment, "10.00")
    assert (refund.status, TheirRefund.objects.count()) == ("unresolved", 1)
    Refund.objects.filter(pk=refund.pk).update(asked_at=None)
    assert resolve_refunds() == 1
    do_tasks()
    refund.refresh_from_db()
    assert (refund.status, TheirRefund.objects.count()) == ("succeeded", 1)


def test_a_provider_that_is_away_leaves_the_refund_to_be_asked_for_again(payment: Payment) -> None:
    refund = ask(payment, "10.00")
    let_calls(unavailable=1)
    with pytest.raises(errors.ProviderUnavailable):
        ask_refund(refund.pk)
    ask_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, TheirRefund.objects.count()) == ("succeeded", 1)


def test_what_the_provider_refuses_has_failed_and_is_free_again(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**asked: object) -> None:
        raise errors.ProviderRefused(reason="charge disputed")

    before = totals()
    monkeypatch.setattr(the_provider(), "create_refund", refuse)
    refund = given(payment, "10.00")
    assert (refund.status, refund.failure_code, totals()) == ("failed", "refused_by_provider", before)
    assert ask(payment, "49.00").status == "pending"


def test_money_that_comes_back_from_the_payers_bank_takes_the_bookings_back(payment: Payment) -> None:
    before = totals()
    refund = given(payment, "10.00")
    failed = replace(
        the_provider().refund(refund.provider_refund_id), status=Theirs.FAILED, failure_code="expired_or_canceled_card"
    )
    for _ in range(3):
        apply_refund(failed)
    apply_refund(replace(failed, status=Theirs.SUCCEEDED))
    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (refund.status, refund.failure_code) == ("failed", "expired_or_canceled_card")
    assert (payment.refunded, payment.invoice.amount_credited, totals()) == (Decimal(0), Decimal(0), before)
    again = given(payment, "39.00")
    assert (again.credit_note.number, again.credit_note.tax) == (2, Decimal("6.22"))
    assert faults() == []


def test_a_snapshot_of_another_amount_or_of_nobody_changes_nothing(payment: Payment) -> None:
    refund = given(payment, "10.00")
    theirs = the_provider().refund(refund.provider_refund_id)
    with pytest.raises(errors.IntentDiffers):
        apply_refund(replace(theirs, amount=Decimal(11)))
    for strange in ({}, {"refund_id": "not an id"}, {"refund_id": str(uuid7())}):
        assert apply_refund(replace(theirs, id="re_of_nobody", metadata=strange)) is False
    assert len(told("payment.refunded")) == 1


def test_what_came_for_something_that_was_over_goes_back_without_a_credit_note() -> None:
    subscription = checkout_begun(a_payer())
    payment = Payment.objects.select_related("invoice").get(invoice__subscription=subscription)
    Invoice.objects.filter(pk=payment.invoice_id).update(status="void")
    book_void(payment.invoice, at=billing_now())
    pay(payment.page_url)
    tell(payment.pk)
    refund = Refund.objects.get()
    assert (refund.status, refund.amount, refund.reason, refund.credit_note) == (
        "succeeded",
        PAID,
        "not_expected",
        None,
    )
    assert CreditNote.objects.count() == 0
    fee = Payment.objects.get(pk=payment.pk).fee
    assert totals() == {"provider_clearing": -fee, "fees": fee}
    assert faults() == []
