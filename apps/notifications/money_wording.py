"""What we say to people about their money and their plan. Pure: a fact in, words out, with where to act on it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.contracts.events.payments import (
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefunded,
    TrialWillEnd,
)
from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.ids import derived
from apps.kernel.money import written
from apps.kernel.text import zulu
from apps.notifications.enums import Kind
from apps.notifications.letters.wording import FALLBACK
from apps.notifications.wording import Notice

NO_MORE_ATTEMPTS = "last"
"""The variant of the words for a payment that nobody tries again by themselves."""

_BEGUN = ("trialing", "active", "past_due")


def billing_page() -> str:
    """Return the page of the frontend where people see to their plan, their cards and their invoices."""
    return f"{settings.TREUM_FRONTEND_URL}/billing"


def of_payment(payment: PaymentCompleted) -> Notice:
    """Word a receipt."""
    money = written(payment.amount, payment.currency)
    return _notice(
        payment.user_id,
        Kind.PAYMENT_COMPLETED,
        payment.payment_id,
        title=f"Paid: {money}",
        body=f"We received {money} for invoice {payment.invoice_number}, which you find at {billing_page()}.",
        data={
            **_money(payment.amount, payment.currency),
            "payment_id": str(payment.payment_id),
            "invoice_id": str(payment.invoice_id),
            "invoice_number": payment.invoice_number,
            "completed_at": zulu(payment.completed_at),
        },
    )


def of_failed_payment(payment: PaymentFailed) -> Notice:
    """Word an attempt that failed, and when the next one is."""
    money = written(payment.amount, payment.currency)
    after = payment.next_attempt_at
    followed = f"We try again on {_day(after)}." if after else "We do not try again by ourselves."
    return _notice(
        payment.user_id,
        Kind.PAYMENT_FAILED,
        payment.payment_id,
        title=f"Not paid: {money}",
        body=(
            f"Attempt {payment.attempt} to collect {money} for invoice {payment.invoice_number} failed: "
            f"{FALLBACK.reason(payment.reason)}. {followed} Pay, or change your card, at {billing_page()}."
        ),
        data={
            **_money(payment.amount, payment.currency),
            "payment_id": str(payment.payment_id),
            "invoice_id": str(payment.invoice_id),
            "invoice_number": payment.invoice_number,
            "attempt": payment.attempt,
            "reason": payment.reason,
            "next_attempt_at": zulu(after) if after else None,
            "failed_at": zulu(payment.failed_at),
        },
        variant="" if after else NO_MORE_ATTEMPTS,
    )


def of_required_action(payment: PaymentActionRequired) -> Notice:
    """Word a payment that its payer has to confirm."""
    money = written(payment.amount, payment.currency)
    return _notice(
        payment.user_id,
        Kind.PAYMENT_ACTION_REQUIRED,
        payment.payment_id,
        title=f"Please confirm: {money}",
        body=(
            f"{money} for invoice {payment.invoice_number} cannot be collected without you. "
            f"Confirm the payment with your bank, or pay with another card, at {billing_page()}."
        ),
        data={
            **_money(payment.amount, payment.currency),
            "payment_id": str(payment.payment_id),
            "invoice_id": str(payment.invoice_id),
            "invoice_number": payment.invoice_number,
            "required_at": zulu(payment.required_at),
        },
    )


def of_refund(refund: PaymentRefunded) -> Notice:
    """Word money that goes back."""
    money = written(refund.amount, refund.currency)
    return _notice(
        refund.user_id,
        Kind.PAYMENT_REFUNDED,
        refund.refund_id,
        title=f"Refunded: {money}",
        body=f"We sent {money} back to what you paid with. Your bank may need some days. See {billing_page()}.",
        data={
            **_money(refund.amount, refund.currency),
            "refund_id": str(refund.refund_id),
            "payment_id": str(refund.payment_id),
            "refunded_at": zulu(refund.refunded_at),
        },
    )


def of_trial_end(trial: TrialWillEnd) -> Notice:
    """Word a trial that ends soon, and what comes after it."""
    money, plan = written(trial.amount, trial.currency), plan_name(trial.plan)
    return _notice(
        trial.user_id,
        Kind.TRIAL_WILL_END,
        trial.subscription_id,
        title=f"Your trial of {plan} ends on {_day(trial.trial_end)}",
        body=f"From then on {plan} is paid for: {money}. If you do not want that, cancel before, at {billing_page()}.",
        data={
            **_money(trial.amount, trial.currency),
            "subscription_id": str(trial.subscription_id),
            "plan": trial.plan,
            "trial_end": zulu(trial.trial_end),
        },
    )


def of_standing(standing: UserSubscriptionChanged, *, before: str) -> Notice | None:
    """Word a plan that has begun or ended; None where it is the one that its owner knows of, `before`.

    A plan without an end was not sold but given, and nobody is told of it. That a trial has become a paid plan is told
    by the receipt, or by what went wrong with the payment.
    """
    if standing.plan == before:
        return None
    if standing.status in _BEGUN and standing.current_period_end is not None:
        return _of_begun(standing, until=standing.current_period_end)
    if standing.status not in _BEGUN and before:
        return _of_ended(standing, before=before)
    return None


def plan_name(code: str) -> str:
    """Return a plan's code as a name: "pro_plus" is "Pro plus"."""
    return code.replace("_", " ").replace("-", " ").capitalize()


def _of_begun(standing: UserSubscriptionChanged, *, until: datetime) -> Notice:
    plan = plan_name(standing.plan)
    trial = standing.status == "trialing"
    after = "It is over then" if standing.cancel_at_period_end else "It is renewed then"
    return _notice(
        standing.user_id,
        Kind.PLAN_BEGUN,
        derived("plan", standing.user_id, standing.standing_version),
        title=f"Your trial of {plan} has begun" if trial else f"Your plan is now {plan}",
        body=f"You have {plan} until {_day(until)}. {after}, unless you choose otherwise at {billing_page()}.",
        data={"plan": standing.plan, "status": standing.status, "current_period_end": zulu(until)},
    )


def _of_ended(standing: UserSubscriptionChanged, *, before: str) -> Notice:
    ended, plan = plan_name(before), plan_name(standing.plan)
    return _notice(
        standing.user_id,
        Kind.PLAN_ENDED,
        derived("plan", standing.user_id, standing.standing_version),
        title=f"Your plan {ended} has ended",
        body=(
            f"You are on {plan} now. Exits that protect your open positions go on. "
            f"Choose a plan again at {billing_page()}."
        ),
        data={"plan": standing.plan, "status": standing.status, "ended": before},
    )


def _notice(
    user_id: UUID, kind: Kind, subject_id: UUID, *, title: str, body: str, data: dict[str, Any], variant: str = ""
) -> Notice:
    return Notice(user_id, kind, subject_id, title, body, {**data, "variant": variant, "link": billing_page()})


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": written(amount, currency).partition(" ")[0], "currency": currency}


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
