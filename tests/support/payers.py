"""Payers whose money has come, without a page on which they would have paid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.kernel.ids import uuid7
from apps.payments.apps import DATABASE
from apps.payments.models import CreditNote, Customer, Invoice, Payment, PaymentMethod, Refund, Subscription
from apps.payments.ports import IntentStatus, ProviderIntent, ProviderMethod
from apps.payments.services import (
    advance_clock,
    billing_now,
    cancel_subscription,
    request_refund,
    run_due,
    seed_catalogue,
    start_subscription,
)
from apps.payments.services.collecting.settling import apply_intent
from apps.payments.services.invoices.crediting import issue_credit_note

PRICE = "pro-eur-month"
FEE = Decimal("1.72")


def begun(user_id: UUID, *, price: str = PRICE, country: str = "DE") -> Subscription:
    """Return a subscription that waits for its payer."""
    seed_catalogue()
    return start_subscription(user_id, lookup_key=price, country=country, trial=False, at=billing_now())


def paid(user_id: UUID, *, price: str = PRICE, country: str = "DE", last4: str = "4242") -> Subscription:
    """Return a subscription whose first invoice was paid with a card."""
    subscription = begun(user_id, price=price, country=country)
    pay_for(subscription, last4=last4)
    return Subscription.objects.select_related("price__plan", "customer").get(pk=subscription.pk)


def pay_for(subscription: Subscription, *, last4: str = "4242") -> Payment:
    """Let the provider say that the payment that a subscription waits for has succeeded."""
    payment = Payment.objects.filter(invoice__subscription=subscription).latest("created_at")
    apply_intent(succeeded(payment, last4=last4))
    return Payment.objects.get(pk=payment.pk)


def succeeded(payment: Payment, *, last4: str) -> ProviderIntent:
    """Return what a provider says of a payment that has succeeded."""
    card = ProviderMethod(
        id=f"pm_{payment.pk.hex}", brand="visa", last4=last4, exp_month=12, exp_year=2040, fingerprint=last4
    )
    return ProviderIntent(
        id=f"pi_{payment.pk.hex}",
        status=IntentStatus.SUCCEEDED,
        amount=payment.amount,
        currency=payment.currency,
        amount_refunded=Decimal(0),
        created_at=datetime.now(UTC) - timedelta(seconds=1),
        method=card,
        fee=FEE,
        metadata={"payment_id": str(payment.pk)},
    )


def history(user_id: UUID, *, subscriptions: int) -> list[Subscription]:
    """Return subscriptions of a person, one after the other and each paid with another card; the last one runs."""
    found = []
    for number in range(subscriptions):
        for running in found[-1:]:
            cancel_subscription(user_id, running.pk, at_period_end=False, at=billing_now())
        found.append(paid(user_id, last4=f"{4242 + number}"))
    return found


def card_of(user_id: UUID) -> PaymentMethod:
    """Return a person's default card."""
    method = Customer.objects.select_related("default_method").get(user_id=user_id).default_method
    assert method is not None
    return method


def renewal_declined(subscription: Subscription) -> Invoice:
    """Return the invoice of the next period, which was due and could not be collected."""
    at = advance_clock(subscription.current_period_end - billing_now() + timedelta(seconds=1))
    run_due(at)
    payment = Payment.objects.select_related("invoice").filter(off_session=True).latest("created_at")
    declined = replace(
        succeeded(payment, last4="0341"), status=IntentStatus.REQUIRES_PAYMENT_METHOD, failure_code="card_declined"
    )
    apply_intent(replace(declined, method=None, fee=None))
    return Invoice.objects.get(pk=payment.invoice_id)


def refund_of(subscription: Subscription) -> Refund:
    """Return a refund of a little of what was paid for a subscription, which staff have asked for."""
    payment = Payment.objects.get(invoice__subscription=subscription, status="succeeded")
    return request_refund(
        payment.pk,
        amount=Decimal(1),
        currency=payment.currency,
        reason="requested_by_customer",
        note="",
        staff_id=uuid7(),
        at=billing_now(),
    )


def credit_note_of(subscription: Subscription) -> CreditNote:
    """Return a credit note on a little of what was paid for a subscription."""
    with transaction.atomic(using=DATABASE):
        invoice = Invoice.objects.get(subscription=subscription)
        return issue_credit_note(invoice, amount=Decimal(1), reason="duplicate", at=billing_now())
