"""Give money back: asked for by staff, above a limit with a second one's consent, or by rule.

Only rows are written here. Like a payment, a refund is stored first; a task takes it to the provider (returning.py).
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from apps.kernel.audit import record_entry
from apps.kernel.ids import uuid7
from apps.kernel.money import exponent
from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import PaymentStatus, RefundReason, RefundStatus
from apps.payments.errors import (
    AmountTooFine,
    CurrencyWrong,
    NotAwaitingApproval,
    NothingToPay,
    NotRefundable,
    PaymentUnknown,
    RefundTooLarge,
    RefundUnknown,
    SecondPersonNeeded,
)
from apps.payments.models import Payment, Refund
from apps.payments.rules.amounts import written
from apps.payments.services.books.bookkeeping import balance_of
from apps.payments.services.locks import lock_customer

NOTHING = Decimal(0)
NOT_GIVEN = (RefundStatus.DECLINED, RefundStatus.FAILED, RefundStatus.CANCELED)


def request_refund(
    payment_id: UUID,
    *,
    amount: Decimal,
    currency: str,
    reason: str,
    note: str,
    staff_id: UUID,
    at: datetime,
    refund_id: UUID | None = None,
) -> Refund:
    """Ask for money of a payment to be given back, and return the refund; one of that id is asked for once.

    Where the refunds of a payment come to more than TREUM_PAYMENTS_REFUND_LIMITS allows, it waits for a second member
    of staff.
    Raises PaymentUnknown, NotRefundable, CurrencyWrong, NothingToPay, AmountTooFine or RefundTooLarge.
    """
    with transaction.atomic(using=DATABASE):
        payment = _locked_payment(payment_id)
        if refund_id is not None and (asked := Refund.objects.filter(pk=refund_id, payment=payment).first()):
            return asked
        given = _given(payment)
        left = min(payment.amount - given, _kept_of(payment))
        _refuse_unfit(payment, amount=amount, currency=currency, left=left)
        above = given + amount > _limit(payment.currency)
        refund = Refund.objects.create(
            pk=refund_id or uuid7(),
            payment=payment,
            amount=amount,
            currency=currency,
            reason=RefundReason(reason),
            note=note,
            status=RefundStatus.AWAITING_APPROVAL if above else RefundStatus.PENDING,
            requested_by=staff_id,
            created_at=at,
        )
        _tell(refund, "refund.requested", before=None, staff_id=staff_id)
        _go_on(refund)
    return refund


def decide_refund(refund_id: UUID, *, staff_id: UUID, approve: bool, at: datetime) -> Refund:
    """Approve or decline a refund that waits for it. Nobody decides on a refund that they asked for themselves.

    Raises RefundUnknown, NotAwaitingApproval or SecondPersonNeeded.
    """
    with transaction.atomic(using=DATABASE):
        refund = _locked_refund(refund_id)
        if refund.status != RefundStatus.AWAITING_APPROVAL:
            raise NotAwaitingApproval(status=refund.status)
        if refund.requested_by == staff_id:
            raise SecondPersonNeeded(
                limit=written(_limit(refund.currency), currency=refund.currency), currency=refund.currency
            )
        refund.status = RefundStatus.PENDING if approve else RefundStatus.DECLINED
        refund.decided_by, refund.settled_at = staff_id, None if approve else at
        refund.save(update_fields=["status", "decided_by", "settled_at"])
        verdict = "refund.approved" if approve else "refund.declined"
        _tell(refund, verdict, before={"status": RefundStatus.AWAITING_APPROVAL}, staff_id=staff_id)
        _go_on(refund)
    return refund


def refund_unexpected(payment: Payment, *, at: datetime) -> Refund:
    """Give a payment back whose invoice is over: nothing stands against it. The customer is locked by the caller."""
    refund = Refund.objects.create(
        payment=payment,
        amount=payment.amount,
        currency=payment.currency,
        reason=RefundReason.NOT_EXPECTED,
        status=RefundStatus.PENDING,
        created_at=at,
    )
    _go_on(refund)
    return refund


def _go_on(refund: Refund) -> None:
    if refund.status == RefundStatus.PENDING:
        request("payments.ask_refund", str(refund.pk), using=DATABASE)


def _refuse_unfit(payment: Payment, *, amount: Decimal, currency: str, left: Decimal) -> None:
    places = exponent(payment.currency)
    if payment.status != PaymentStatus.SUCCEEDED:
        raise NotRefundable(status=payment.status)
    if currency != payment.currency:
        raise CurrencyWrong(ours=payment.currency, theirs=currency)
    if amount <= NOTHING:
        raise NothingToPay()
    if amount % Decimal(1).scaleb(-places):
        raise AmountTooFine(currency=currency, places=places)
    if amount > left:
        raise RefundTooLarge(left=written(left, currency=currency), currency=currency)


def _limit(currency: str) -> Decimal:
    limit: Decimal = settings.TREUM_PAYMENTS_REFUND_LIMITS.get(currency, NOTHING)
    return limit


def _given(payment: Payment) -> Decimal:
    """Return what of a payment has gone back, is on its way, or waits for approval."""
    refunds = Refund.objects.filter(payment=payment).exclude(status__in=NOT_GIVEN)
    return refunds.aggregate(total=Sum("amount"))["total"] or NOTHING


def _kept_of(payment: Payment) -> Decimal:
    """Return what we keep of all that the payer of a payment gave: what became their balance is theirs already."""
    theirs = Payment.objects.filter(
        customer_id=payment.customer_id, currency=payment.currency, status=PaymentStatus.SUCCEEDED
    )
    back = Refund.objects.filter(payment__in=theirs).exclude(status__in=NOT_GIVEN)
    gave = theirs.aggregate(total=Sum("amount"))["total"] or NOTHING
    gone = back.aggregate(total=Sum("amount"))["total"] or NOTHING
    return max(gave - gone - balance_of(payment.customer_id, currency=payment.currency), NOTHING)


def _locked_payment(payment_id: UUID) -> Payment:
    known = Payment.objects.filter(pk=payment_id).first()
    if known is None:
        raise PaymentUnknown()
    lock_customer(known.customer_id)
    return Payment.objects.select_for_update(of=("self",)).select_related("customer").get(pk=payment_id)


def _locked_refund(refund_id: UUID) -> Refund:
    known = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if known is None:
        raise RefundUnknown()
    lock_customer(known.payment.customer_id)
    return Refund.objects.select_for_update(of=("self",)).select_related("payment__customer").get(pk=refund_id)


def _tell(refund: Refund, action: str, *, before: dict[str, str] | None, staff_id: UUID) -> None:
    record_entry(
        action=action,
        using=DATABASE,
        object=f"refund/{refund.pk}",
        subject=refund.payment.customer.user_id,
        before=before,
        after={
            "status": refund.status,
            "payment_id": refund.payment_id,
            "amount": written(refund.amount, currency=refund.currency),
            "currency": refund.currency,
            "reason": refund.reason,
        },
        actor=f"user:{staff_id}",
    )
