"""Post what happened to money: each event once, whole, in the transaction in which it happens.

A posting is known by the key of its event, so that booking it again changes nothing. Beside each stands a row that says
what it is about. The customer is locked by the caller wherever a customer's money moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Sum

from apps.kernel.ledger.accounts import open_accounts
from apps.kernel.ledger.models import LedgerEntry
from apps.kernel.ledger.posting import Line, Posting, post, reverse
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry, Invoice, Payment, Payout, Refund
from apps.payments.ports import MovementKind, ProviderMovement
from apps.payments.rules import accounts
from apps.payments.rules.accounts import customer_owner
from apps.payments.rules.tax import parts_of
from apps.payments.selectors.taxes import taxes_of
from apps.payments.services.books.recognising import earned_keys, plan_recognition, stop_recognition

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Move:
    """What a posting adds to the account of a kind and an owner."""

    kind: str
    amount: Decimal
    owner: str = accounts.HOUSE


def book_invoice(invoice: Invoice) -> None:
    """Book a finalised invoice: what is owed, what is to be earned, the tax, and what was taken from the balance."""
    customer = customer_owner(invoice.customer_id)
    to_balance = -min(invoice.total, NOTHING) - invoice.balance_applied
    moves = [
        Move(accounts.RECEIVABLE, invoice.total + to_balance, customer),
        Move(accounts.CUSTOMER_BALANCE, -to_balance, customer),
        Move(accounts.DEFERRED, -invoice.subtotal),
        *(Move(accounts.TAX, -tax, country) for country, tax in taxes_of(invoice).items()),
    ]
    _book(f"invoice:{invoice.pk}", "invoice", moves, invoice.currency, _final(invoice), invoice_id=invoice.pk)
    plan_recognition(invoice)


def book_void(invoice: Invoice, *, at: datetime) -> None:
    """Take the bookings of an invoice back, what was deferred as well as what was earned of it."""
    stop_recognition(invoice)
    for key in [f"invoice:{invoice.pk}", *earned_keys(invoice)]:
        _reverse(key, f"void:{key}", "void", at, invoice_id=invoice.pk)


def book_uncollectible(invoice: Invoice, *, at: datetime) -> None:
    """Write off what was never paid of an invoice: its tax is not owed, and its time earns nothing more.

    What was earned and not paid is lost. What was paid, from the balance, and not earned is earned now.
    """
    unpaid = invoice.amount_due - invoice.amount_paid
    part = Fraction(unpaid) / Fraction(invoice.total)
    taxes = parts_of(taxes_of(invoice), part, currency=invoice.currency)
    unearned = stop_recognition(invoice)
    lost = unpaid - sum(taxes.values(), NOTHING) - unearned
    moves = [
        Move(accounts.DEFERRED, unearned),
        Move(accounts.BAD_DEBT, max(lost, NOTHING)),
        Move(accounts.REVENUE, min(lost, NOTHING)),
        *(Move(accounts.TAX, tax, country) for country, tax in taxes.items()),
        Move(accounts.RECEIVABLE, -unpaid, customer_owner(invoice.customer_id)),
    ]
    _book(f"uncollectible:{invoice.pk}", "uncollectible", moves, invoice.currency, at, invoice_id=invoice.pk)


def book_payment(payment: Payment) -> None:
    """Book money that the provider has collected, and its fee."""
    moves = [
        Move(accounts.CLEARING, payment.amount - payment.fee, payment.provider),
        Move(accounts.FEES, payment.fee),
        Move(accounts.RECEIVABLE, -payment.amount, customer_owner(payment.customer_id)),
    ]
    about: dict[str, Any] = {"payment_id": payment.pk, "invoice_id": payment.invoice_id}
    _book(f"payment:{payment.pk}", "payment", moves, payment.currency, _settled(payment), **about)


def balance_of(customer_id: UUID, *, currency: str) -> Decimal:
    """Return what we owe a customer in a currency, zero or more."""
    entries = LedgerEntry.objects.using(DATABASE).filter(
        account__kind=accounts.CUSTOMER_BALANCE, account__owner=customer_owner(customer_id), currency=currency
    )
    return -(entries.aggregate(total=Sum("amount"))["total"] or NOTHING)


def book_refund(refund: Refund) -> None:
    """Book money that goes back: off the revenue and the tax by its credit note, or as it came when there is none."""
    customer, note = customer_owner(refund.payment.customer_id), refund.credit_note
    moves = [Move(accounts.CLEARING, -refund.amount, refund.payment.provider)]
    if note is None:
        moves.append(Move(accounts.RECEIVABLE, refund.amount, customer))
    else:
        moves.append(Move(accounts.REFUNDS, note.net))
        moves += (Move(accounts.TAX, Decimal(tax), country) for country, tax in note.taxes.items())
    about: dict[str, Any] = {
        "refund_id": refund.pk,
        "payment_id": refund.payment_id,
        "invoice_id": refund.payment.invoice_id,
    }
    at = refund.settled_at or refund.created_at
    _book(f"refund:{refund.pk}", "refund", moves, refund.currency, at, **about)


def book_refund_failure(refund: Refund, *, at: datetime) -> None:
    """Take the booking of a refund back that did not reach its payer."""
    about: dict[str, Any] = {"refund_id": refund.pk, "payment_id": refund.payment_id}
    _reverse(f"refund:{refund.pk}", f"refund_failure:{refund.pk}", "refund_failure", at, **about)


def book_payout(payout: Payout, movements: Sequence[ProviderMovement]) -> None:
    """Book what the provider has transferred to our bank, and what it took or gave beside payments and refunds.

    The fees of payments were booked with them. What disputes have taken is told apart from what the provider took.
    """
    fees = sum((_fee_of(move) for move in movements), NOTHING)
    disputed = -sum((move.amount for move in movements if move.kind == MovementKind.DISPUTE), NOTHING)
    moves = [
        Move(accounts.BANK, payout.amount),
        Move(accounts.FEES, fees),
        Move(accounts.CHARGEBACKS, disputed),
        Move(accounts.CLEARING, -payout.amount - fees - disputed, payout.provider),
    ]
    _book(f"payout:{payout.pk}", "payout", moves, payout.currency, payout.created_at, payout_id=payout.pk)


def book_payout_failure(payout: Payout, *, at: datetime) -> None:
    """Take the booking of a payout back that our bank has returned."""
    _reverse(f"payout:{payout.pk}", f"payout_failure:{payout.pk}", "payout_failure", at, payout_id=payout.pk)


def _fee_of(move: ProviderMovement) -> Decimal:
    if move.kind == MovementKind.CHARGE:
        return NOTHING
    return move.fee - (move.amount if move.kind == MovementKind.ADJUSTMENT else NOTHING)


def _book(key: str, kind: str, moves: Sequence[Move], currency: str, at: datetime, **about: Any) -> None:
    real = [move for move in moves if move.amount]
    if not real:
        return
    ids = {place: _account(*place, currency) for place in {(move.kind, move.owner) for move in real}}
    lines = tuple(Line(ids[move.kind, move.owner], move.amount, currency) for move in real)
    post([Posting(key, kind, at, lines)], using=DATABASE)
    _note(key, kind, **about)


def _reverse(key: str, reversal_key: str, kind: str, at: datetime, **about: Any) -> None:
    if BookEntry.objects.filter(key=key).exists():
        reverse(key, reversal_key=reversal_key, occurred_at=at, using=DATABASE)
        _note(reversal_key, kind, **about)


def _note(key: str, kind: str, **about: Any) -> None:
    BookEntry.objects.bulk_create([BookEntry(key=key, kind=kind, **about)], ignore_conflicts=True)


def _account(kind: str, owner: str, currency: str) -> int:
    return open_accounts(kind, owners=[owner], currencies=[currency], using=DATABASE)[0]


def _final(invoice: Invoice) -> datetime:
    return invoice.finalized_at or invoice.created_at


def _settled(payment: Payment) -> datetime:
    return payment.settled_at or payment.created_at
